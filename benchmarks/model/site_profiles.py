"""What a site profile is worth: `python -m benchmarks.model.site_profiles --help`.

Films of each source are read once, as films of a request are. Then some of them make a profile and
the others judge it, many times over. Printed is a row for each source and number of films: shares
of the films that judge, by the card → by the profile, as means over the draws; in brackets the
range that nine profiles in ten lie in.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.arrays import BoolArray, Float64Array, IntArray
from api.decision.decide import Decision
from api.errors import AppError
from api.evaluation.intervals import delong
from api.evaluation.sites.site_profile import SiteImages, decisions_by, fit_rules, metrics_of
from api.evaluation_runs.folder_evaluation import read_images
from api.evaluation_runs.profile_fit import decided, site_images
from api.inputs.discovery import LabelledImage, find_images
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.model_card.sites.site_profile import MIN_PROFILE_IMAGES
from api.registry.champion import Alias, champion_of
from api.registry.store import Checkpoint, Store, card_path
from api.reports.markdown import table, value_with_interval
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings, from_environment
from api.tasks.task import Task
from api.tasks.task_files import load_task

FIGURES = {
    "healthy_called_positive": "healthy called positive",
    "findings_called_negative": "findings called negative",
    "referred": "referred",
    "answered_error": "wrong among answered",
}
HEADER = ("source", "AUROC", "films", *FIGURES.values())
# Films of each kind that are left to judge.
MIN_JUDGES = 15


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Films of one source: what is measured of them, and what the card decides, (n,)."""

    name: str
    images: SiteImages
    by_card: Float64Array


def main() -> None:
    """Read the films and print the table."""
    arguments = _arguments()
    settings = from_environment()
    task = load_task(settings.task)
    try:
        card, sources = _read(arguments, settings, task)
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    print(f"{card.version}, {arguments.draws} draws, operating point {arguments.operating_point}")
    print(table(HEADER, profile_rows(sources, card, task, arguments)))


def profile_rows(
    sources: Sequence[Source], card: Card, task: Task, arguments: argparse.Namespace
) -> list[tuple[str, ...]]:
    """A row for each source and number of films that leave some to judge."""
    rows = []
    for source in sources:
        auroc = delong(source.images.positive, source.images.scores)
        for n in arguments.films:
            if not _is_enough(source.images.positive, n):
                continue
            by_card, by_profile = simulated(
                source,
                card,
                n,
                draws=arguments.draws,
                operating_point=arguments.operating_point,
                wanted_rate=task.decision.wanted_rate,
            )
            rows.append(
                (
                    source.name,
                    value_with_interval(*auroc) if auroc else "–",
                    str(n),
                    *map(_change, by_card.T, by_profile.T),
                )
            )
    return rows


def simulated(
    source: Source, card: Card, n: int, *, draws: int, operating_point: str, wanted_rate: float
) -> tuple[Float64Array, Float64Array]:
    """Figures on the films that no profile was made from, by the card and by the profile.

    Returns: each (draws, figures); NaN where nothing was answered.
    """
    rng = np.random.default_rng(0)
    by_card, by_profile = [], []
    for _ in range(draws):
        chosen = _drawn(source.images.positive, n, rng)
        judges = source.images.where(~chosen)
        rules = fit_rules(source.images.where(chosen), card, wanted_rate=wanted_rate)
        by_card.append(_figures(source.by_card[~chosen], judges.positive))
        by_profile.append(_figures(decisions_by(rules, judges, operating_point), judges.positive))
    return np.array(by_card, dtype=np.float64), np.array(by_profile, dtype=np.float64)


def _drawn(positive: BoolArray, n: int, rng: np.random.Generator) -> BoolArray:
    """(films,) True for n films, half of them with a finding."""
    chosen = np.zeros(len(positive), dtype=bool)
    for kind, count in ((positive, n // 2), (~positive, n - n // 2)):
        rows: IntArray = np.flatnonzero(kind)
        chosen[rng.choice(rows, count, replace=False)] = True
    return chosen


def _is_enough(positive: BoolArray, n: int) -> bool:
    rarer = int(min(positive.sum(), (~positive).sum()))
    return n >= 2 * MIN_PROFILE_IMAGES and rarer >= n // 2 + MIN_JUDGES


def _figures(found: Float64Array, positive: BoolArray) -> list[float | None]:
    measured = metrics_of(found, positive)
    return [getattr(measured, name) for name in FIGURES]


def _change(by_card: Float64Array, by_profile: Float64Array) -> str:
    """One figure of every draw, (draws,) each; draws that answered nothing are left out."""
    before, after = (values[~np.isnan(values)] for values in (by_card, by_profile))
    if not len(before) or not len(after):
        return "–"
    low, high = np.percentile(after, [5, 95])
    shown = value_with_interval(float(after.mean()), (float(low), float(high)))
    return f"{before.mean():.3f} → {shown}"


def _read(
    arguments: argparse.Namespace, settings: Settings, task: Task
) -> tuple[Card, list[Source]]:
    store = Store(settings.models_dir / task.name, settings.default_model, task.name)
    checkpoint = (
        Checkpoint(weights=arguments.model, card=read_card(card_path(arguments.model)))
        if arguments.model
        else champion_of(store, Alias(store.folder))
    )
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    policy = decision_policy(
        settings.model_copy(update={"prevalence": None}), operating_point=arguments.operating_point
    )
    with closing(open_backend(settings)) as backend:
        build = predictor_builder(compiler, backend.load, precision=settings.precision)
        answers, unreadable = read_images(
            ImagePredictor(build(checkpoint), image_limits(settings), policy),
            find_images(arguments.data, task).images,
            threads=os.cpu_count() or 1,
        )
    for reason, count in unreadable.items():
        print(f"{count} left out: {reason}")
    return checkpoint.card, _sources(answers, task)


def _sources(answers: Sequence[tuple[LabelledImage, Decision]], task: Task) -> list[Source]:
    by_source: dict[str, list[tuple[LabelledImage, Decision]]] = defaultdict(list)
    for image, decision in answers:
        by_source[image.source].append((image, decision))
    return [
        Source(
            name,
            site_images(
                [decision for _, decision in group],
                np.array([image.label != task.negative_class for image, _ in group]),
            ),
            decided([decision for _, decision in group]),
        )
        for name, group in sorted(by_source.items())
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=Path(__file__).name, description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder of class folders"
    )
    parser.add_argument("--model", type=Path, help="weights file; default: the champion")
    parser.add_argument(
        "--films", type=int, nargs="+", default=[50, 100, 200], help="numbers that make a profile"
    )
    parser.add_argument("--draws", type=int, default=50, help="how often they are drawn")
    parser.add_argument("--operating-point", default="balanced", help="default: balanced")
    return parser.parse_args()


if __name__ == "__main__":
    main()
