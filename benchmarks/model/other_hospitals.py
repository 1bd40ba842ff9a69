"""A checkpoint at hospitals it never saw: `python -m benchmarks.model.other_hospitals --help`.

Every film goes the way that a film of a request goes. Printed is a row for each source: healthy
films called positive and answered negative, films with a finding called negative, what is referred,
and AUROC, each with its 95 % interval; `--record` puts them on the card. Films without a healthy
counterpart in their source count in the last row, where all sources are one.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.decision.decide import Decision
from api.errors import AppError
from api.evaluation.intervals import delong, wilson
from api.inputs.discovery import LabelledImage
from api.model_card.card_file import write_card
from api.model_card.row_report import Share
from api.model_card.sites.unseen_source import UnseenSource
from api.registry.store import card_path
from api.reports.markdown import table, value_with_interval
from api.settings import from_environment
from api.tasks.task_files import load_task
from benchmarks.support.image_answers import Answers, answers_of, checkpoint_of

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


def main() -> None:
    """Read the films and print the table."""
    arguments = _arguments()
    settings = from_environment()
    try:
        checkpoint = checkpoint_of(arguments.model, settings)
        answers = answers_of(
            checkpoint, arguments.data, settings, operating_point=arguments.operating_point
        )
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    negative_class = load_task(settings.task).negative_class
    if negative_class is None:
        raise SystemExit(f"Error: the task '{settings.task}' has no negative class.")
    print(hospital_table(answers, negative_class=negative_class))
    if arguments.record:
        path = card_path(checkpoint.weights)
        found = unseen_sources(answers, negative_class=negative_class)
        write_card(path, checkpoint.card.model_copy(update={"unseen": found}))


def hospital_table(answers: Answers, *, negative_class: str) -> str:
    """The table as Markdown: a row for each source, and one for all of them."""
    return table(HEADER, map(_row, unseen_sources(answers, negative_class=negative_class)))


def unseen_sources(answers: Answers, *, negative_class: str) -> tuple[UnseenSource, ...]:
    """The figures of each source, and behind them those of all of them."""
    by_source: dict[str, list[tuple[LabelledImage, Decision]]] = defaultdict(list)
    for image, decision in answers:
        by_source[image.source].append((image, decision))
    groups = [*sorted(by_source.items()), ("all", answers)]
    return tuple(_figures(name, group, negative_class) for name, group in groups)


def _figures(name: str, answers: Answers, negative_class: str) -> UnseenSource:
    healthy = [decision for image, decision in answers if image.label == negative_class]
    findings = [decision for image, decision in answers if image.label != negative_class]
    positive = np.array([False] * len(healthy) + [True] * len(findings))
    auroc = delong(positive, np.array([decision.score for decision in [*healthy, *findings]]))
    return UnseenSource(
        name=name,
        healthy_positive=_share(healthy, "positive"),
        healthy_negative=_share(healthy, "negative"),
        healthy_referred=_share(healthy, "refer"),
        finding_negative=_share(findings, "negative"),
        finding_referred=_share(findings, "refer"),
        auroc=auroc[0] if auroc else None,
        auroc_interval=auroc[1] if auroc else None,
    )


def _share(decisions: Sequence[Decision], expected: str) -> Share:
    n, hits = len(decisions), sum(decision.decision == expected for decision in decisions)
    return Share(n=n, share=hits / n if n else None, interval=wilson(hits, n))


def _row(found: UnseenSource) -> tuple[str, ...]:
    of_healthy = found.healthy_positive, found.healthy_negative, found.healthy_referred
    of_findings = found.finding_negative, found.finding_referred
    return (
        found.name,
        str(found.healthy_positive.n),
        *(value_with_interval(share.share, share.interval) for share in of_healthy),
        str(found.finding_negative.n),
        *(value_with_interval(share.share, share.interval) for share in of_findings),
        value_with_interval(found.auroc, found.auroc_interval),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=Path(__file__).name, description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder of class folders"
    )
    parser.add_argument("--model", type=Path, help="weights file; default: the champion")
    parser.add_argument("--operating-point", help="default: as served")
    parser.add_argument(
        "--record", action="store_true", help="write the figures into the checkpoint's card too"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
