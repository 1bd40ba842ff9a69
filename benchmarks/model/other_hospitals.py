"""A checkpoint at hospitals it never saw: `python -m benchmarks.model.other_hospitals --help`.

Every film goes the way that a film of a request goes. Printed is a row for each source: healthy
films called positive and answered negative, films with a finding called negative, what is referred,
and AUROC, each with its 95 % interval. Films without a healthy counterpart in their source count in
the last row, where all sources are one.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from api.decision.decide import Decision
from api.errors import AppError
from api.evaluation.intervals import delong, wilson
from api.evaluation_runs.folder_evaluation import read_images
from api.inputs.discovery import LabelledImage, find_images
from api.model_card.card_file import read_card
from api.registry.champion import Alias, champion_of
from api.registry.store import Checkpoint, Store, card_path
from api.reports.markdown import table, value_with_interval
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings, from_environment
from api.tasks.task_files import load_task

HEADER = (
    "source",
    "healthy",
    "called positive",
    "answered negative",
    "referred",
    "findings",
    "called negative",
    "referred",
    "AUROC",
)
Answers = Sequence[tuple[LabelledImage, Decision]]


def main() -> None:
    """Read the films and print the table."""
    arguments = _arguments()
    settings = from_environment()
    try:
        answers = _answers(arguments, settings)
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    negative_class = load_task(settings.task).negative_class
    if negative_class is None:
        raise SystemExit(f"Error: the task '{settings.task}' has no negative class.")
    print(hospital_table(answers, negative_class=negative_class))


def hospital_table(answers: Answers, *, negative_class: str) -> str:
    """The table as Markdown: a row for each source, and one for all of them."""
    by_source: dict[str, list[tuple[LabelledImage, Decision]]] = defaultdict(list)
    for image, decision in answers:
        by_source[image.source].append((image, decision))
    rows = [_row(name, group, negative_class) for name, group in sorted(by_source.items())]
    return table(HEADER, [*rows, _row("all", answers, negative_class)])


def _row(name: str, answers: Answers, negative_class: str) -> tuple[str, ...]:
    healthy = [decision for image, decision in answers if image.label == negative_class]
    findings = [decision for image, decision in answers if image.label != negative_class]
    positive = np.array([False] * len(healthy) + [True] * len(findings))
    auroc = delong(positive, np.array([decision.score for decision in [*healthy, *findings]]))
    return (
        name,
        str(len(healthy)),
        *(_share(healthy, decision) for decision in ("positive", "negative", "refer")),
        str(len(findings)),
        *(_share(findings, decision) for decision in ("negative", "refer")),
        value_with_interval(*auroc) if auroc else "–",
    )


def _share(decisions: Sequence[Decision], expected: str) -> str:
    if not decisions:
        return "–"
    hits = sum(decision.decision == expected for decision in decisions)
    return value_with_interval(hits / len(decisions), wilson(hits, len(decisions)))


def _answers(arguments: argparse.Namespace, settings: Settings) -> Answers:
    task = load_task(settings.task)
    images = find_images(arguments.data, task).images
    store = Store(settings.models_dir / task.name, settings.default_model, task.name)
    checkpoint = (
        Checkpoint(weights=arguments.model, card=read_card(card_path(arguments.model)))
        if arguments.model
        else champion_of(store, Alias(store.folder))
    )
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    with closing(open_backend(settings)) as backend:
        build = predictor_builder(compiler, backend.load, precision=settings.precision)
        answers, unreadable = read_images(
            ImagePredictor(
                build(checkpoint),
                image_limits(settings),
                decision_policy(settings, operating_point=arguments.operating_point),
            ),
            images,
            threads=os.cpu_count() or 1,
        )
    for reason, count in unreadable.items():
        print(f"{count} left out: {reason}")
    return answers


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=Path(__file__).name, description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder of class folders"
    )
    parser.add_argument("--model", type=Path, help="weights file; default: the champion")
    parser.add_argument("--operating-point", help="default: as served")
    return parser.parse_args()


if __name__ == "__main__":
    main()
