"""A checkpoint on a labelled folder: every film read as the server reads it, then measured."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from api.decision.decide import Decision, DecisionPolicy
from api.errors import AppError, InvalidDataset
from api.inputs.discovery import Discovered, LabelledImage, find_images
from api.inputs.images.decoding import Limits
from api.model_card.card import Card
from api.model_card.sites.site_report import SiteReport
from api.serving.inference import Predictor
from api.serving.predictor import ImagePredictor
from api.tasks.task import Task

Progress = Callable[[int, int], None]


def evaluate_folder(
    engine: Predictor,
    data: Iterable[Path],
    task: Task,
    *,
    limits: Limits,
    policy: DecisionPolicy,
    threads: int,
    progress: Progress = lambda _done, _total: None,
) -> SiteReport:
    """Read and measure every labelled film below some folders.

    Measured at the card's own prevalence, whatever is expected here: that is what its thresholds
    and figures belong to.

    Raises: InvalidDataset if there is none that can be read, InvalidRequest if the card has no
        such operating point.
    """
    predictor = ImagePredictor(engine, limits, replace(policy, prevalence=None))
    predictor.check_policy()
    found = find_images(tuple(data), task)
    read = read_images(predictor, found.images, threads=threads, progress=progress)
    return report_on(found, *read, card=engine.card, task=task, policy=policy)


def report_on(
    found: Discovered,
    read: list[tuple[LabelledImage, Decision]],
    unreadable: Counter[str],
    *,
    card: Card,
    task: Task,
    policy: DecisionPolicy,
) -> SiteReport:
    """Measure what was decided on the images that were found.

    Raises: InvalidDataset if none could be read.
    """
    if not read:
        raise InvalidDataset(
            f"None of the {len(found.images)} labelled files is a picture that can be read: "
            f"{_commonest(unreadable or found.skipped)}"
        )
    # SciPy and scikit-learn take a second to load; what is refused does without them.
    from api.evaluation_runs.measured_images import measured

    return measured(read, card=card, task=task, policy=policy, skipped=found.skipped + unreadable)


def read_images(
    predictor: ImagePredictor,
    images: Sequence[LabelledImage],
    *,
    threads: int,
    progress: Progress = lambda _done, _total: None,
) -> tuple[list[tuple[LabelledImage, Decision]], Counter[str]]:
    """Decide on every image, `threads` at a time.

    Returns: the images that could be read, in their order, each with its decision; and how many
        could not, by reason.
    """
    read: list[tuple[LabelledImage, Decision]] = []
    unreadable: Counter[str] = Counter()

    def decision(image: LabelledImage) -> Decision | AppError | OSError:
        return decision_of(predictor, image.path.read_bytes)

    with ThreadPoolExecutor(threads) as pool:
        results = pool.map(decision, images)
        for done, (image, result) in enumerate(zip(images, results, strict=True), start=1):
            if isinstance(result, Decision):
                read.append((image, result))
            else:
                unreadable[f"unreadable: {result}"] += 1
            progress(done, len(images))
    return read, unreadable


def decision_of(
    predictor: ImagePredictor, read: Callable[[], bytes]
) -> Decision | AppError | OSError:
    """The decision on an image; or why there is none."""
    try:
        return predictor.predict(read()).decision
    except (AppError, OSError) as exc:
        return exc


def _commonest(skipped: Counter[str]) -> str:
    return skipped.most_common(1)[0][0] if skipped else "no reason is known"
