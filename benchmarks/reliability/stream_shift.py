"""After how many films another hospital is noticed, and whether known ones raise alarms.

`python -m benchmarks.reliability.stream_shift --help` says what it takes.

Each source of the folders is a stream of its films in several random orders, each film once. With
`--known FOLDER` some of its films come first, as a server sees them that serves known hospitals and
then gets films of another one under the same name. Films that are in the checkpoint's own reference
are left out. Looks are made when and as a server makes them.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.arrays import Float32Array
from api.decision.stream_shift.detect import ShiftFinding, assess_stream, named
from api.decision.stream_shift.features import LENGTH, unpacked
from api.decision.stream_shift.reference import KernelReference, load_shift_reference
from api.errors import AppError
from api.inputs.discovery import find_images
from api.inputs.images.acquisition import N_FEATURES
from api.model_card.card_file import read_card
from api.model_card.sites.shift_rule import ShiftRule
from api.registry.champion import Alias, champion_of
from api.registry.store import Checkpoint, Store, card_path, shift_path
from api.reports.markdown import table
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings, from_environment
from api.tasks.task_files import load_task

HEADER = (
    "stream",
    "films",
    "alarms among the films before",
    "called shifted",
    "after 100 films",
    "first after (median)",
    "highest excess",
    "differs",
)
SOON = 100


@dataclass(frozen=True, slots=True)
class Watched:
    """One order of a stream: after how many of its films it was first called shifted, how far the
    statistics rose, and what was found then."""

    first: int | None
    excess: float
    finding: ShiftFinding | None


def main() -> None:
    """Read the films, stream them, and print a row a source."""
    arguments = _arguments()
    settings = from_environment()
    try:
        checkpoint = _checkpoint(arguments.model, settings)
        if checkpoint.card.shift is None:
            raise SystemExit(
                f"Error: {checkpoint.version} has no rule for streams; `python -m api streams "
                "--data FOLDER` makes one."
            )
        print(_measured(checkpoint, checkpoint.card.shift, settings, arguments))
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc


def watch(
    before: Float32Array, images: Float32Array, rule: ShiftRule, kernel: KernelReference
) -> Watched:
    """Look at a stream after every so many films.

    An alarm among the films that come first has a negative number.

    Args:
        before, images: (n, 68) stored features.
    """
    stream = np.concatenate([before, images])
    first, excess, at_first = None, 0.0, None
    for end in range(rule.fewest, len(stream) + 1, rule.every):
        newest = stream[max(0, end - rule.longest) : end]
        found = assess_stream(newest, np.ones(len(newest), bool), rule, kernel)
        if end <= len(before) and not (found and found.shifted):
            continue
        excess = max(excess, found.excess if found else 0.0)
        if first is None and found and found.shifted:
            first, at_first = end - len(before), found
    return Watched(first, excess, at_first)


def _measured(
    checkpoint: Checkpoint, rule: ShiftRule, settings: Settings, arguments: argparse.Namespace
) -> str:
    kernel = KernelReference(
        load_shift_reference(shift_path(checkpoint.weights), sha256=rule.reference_sha256)
    )
    streams = _features(checkpoint, settings, arguments.data, kernel)
    known = np.zeros((0, LENGTH), np.float32)
    if arguments.known:
        sources = _features(checkpoint, settings, arguments.known, kernel)
        known = np.concatenate(list(sources.values()))
    rng = np.random.default_rng(arguments.seed)
    rows = []
    for name, images in sorted(streams.items()):
        orders = [
            watch(
                known[rng.permutation(len(known))[: arguments.before]],
                images[rng.permutation(len(images))[: arguments.films]],
                rule,
                kernel,
            )
            for _ in range(arguments.orders)
        ]
        rows.append(_row(name, min(len(images), arguments.films), orders))
    return table(HEADER, rows)


def _row(name: str, n_films: int, orders: Sequence[Watched]) -> tuple[str, ...]:
    early = sum(order.first is not None and order.first <= 0 for order in orders)
    alarms = [order.first for order in orders if order.first is not None and order.first > 0]
    findings = [order.finding for order in orders if order.finding]
    words = (
        named({each.words: each.distance for each in findings[0].differences}) if findings else ()
    )
    return (
        name,
        str(n_films),
        f"{early} of {len(orders)}",
        f"{len(alarms)} of {len(orders)}",
        f"{sum(alarm <= SOON for alarm in alarms)} of {len(orders)}",
        f"{np.median(alarms):.0f}" if alarms else "–",
        f"{max(order.excess for order in orders):.2f}",
        ", ".join(words) or "–",
    )


def _features(
    checkpoint: Checkpoint, settings: Settings, folders: Sequence[Path], kernel: KernelReference
) -> dict[str, Float32Array]:
    """(n, 68) stored features of each source's films that are not in the reference."""
    images = find_images(tuple(folders), load_task(settings.task)).images
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    with closing(open_backend(settings)) as backend:
        build = predictor_builder(compiler, backend.load, precision=settings.precision)
        predictor = ImagePredictor(
            build(checkpoint), image_limits(settings), decision_policy(settings)
        )
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            stored = list(pool.map(lambda image: _stored(predictor, image.path), images))
    contents: dict[str, list[bytes]] = defaultdict(list)
    for image, content in zip(images, stored, strict=True):
        if content is not None:
            contents[image.source].append(content)
    known = {xray.tobytes() for xray in kernel.reference.images}
    return {
        source: np.array(
            [row for row in unpacked(each) if row[:N_FEATURES].tobytes() not in known], np.float32
        ).reshape(-1, LENGTH)
        for source, each in contents.items()
    }


def _stored(predictor: ImagePredictor, path: Path) -> bytes | None:
    """What an answer about a film keeps; None: it cannot be read."""
    try:
        return predictor.predict(path.read_bytes()).shift_features
    except (AppError, OSError):
        return None


def _checkpoint(weights: Path | None, settings: Settings) -> Checkpoint:
    if weights:
        return Checkpoint(weights, read_card(card_path(weights)))
    store = Store(settings.models_dir / settings.task, settings.default_model, settings.task)
    return champion_of(store, Alias(store.folder))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=Path(__file__).name, description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder of class folders"
    )
    parser.add_argument(
        "--known", type=Path, action="append", help="folder whose films come first, mixed"
    )
    parser.add_argument("--before", type=int, default=400, help="how many of them")
    parser.add_argument("--films", type=int, default=400, help="at most, of each source")
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="weights file; default: the champion")
    return parser.parse_args()


if __name__ == "__main__":
    main()
