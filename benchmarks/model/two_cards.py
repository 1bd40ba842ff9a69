"""Two trainings beside each other, by their cards: `python -m benchmarks.model.two_cards --help`.

For each figure of the hold-out, whether each one's value lies within the other's interval of 95 %:
by that a training that was run again is told from another training.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.errors import AppError
from api.model_card.base import Interval
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.model_card.metrics import Metrics
from api.model_card.row_report import Share
from api.model_card.sites.unseen_source import UnseenSource
from api.reports.markdown import table, value_with_interval

OVERALL = {
    "auroc": "AUROC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "decision_accuracy": "decision accuracy",
    "accuracy": "label accuracy",
    "expected_calibration_error": "label ECE",
    "brier": "Brier",
    "referred": "referred",
    "answered_error": "wrong among answered",
}
PER_SOURCE = {"auroc": "AUROC", "sensitivity": "sensitivity", "specificity": "specificity"}
UNSEEN = {
    "healthy_positive": "healthy called positive",
    "healthy_referred": "healthy referred",
    "finding_negative": "findings called negative",
    "finding_referred": "findings referred",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval of 95 %, where there is one."""

    value: float
    interval: Interval | None

    def holds(self, other: float) -> bool:
        """Whether another value lies within the interval."""
        return self.interval is not None and self.interval[0] <= other <= self.interval[1]


def main() -> None:
    """Print the figures that both cards have."""
    arguments = _arguments()
    try:
        first, second = read_card(arguments.first), read_card(arguments.second)
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    names = (arguments.first.stem, arguments.second.stem)
    print(table(("figure", *names, "each within the other's interval"), rows_of(first, second)))


def rows_of(first: Card, second: Card) -> list[tuple[str, str, str, str]]:
    """A row for each figure of both."""
    of_first, of_second = dict(figures_of(first)), dict(figures_of(second))
    return [
        (name, _text(figure), _text(of_second[name]), _agreement(figure, of_second[name]))
        for name, figure in of_first.items()
        if name in of_second
    ]


def figures_of(card: Card) -> Iterator[tuple[str, Figure]]:
    """Of the hold-out, of the tests made with its films, and of hospitals that nothing learned
    from."""
    holdout = card.metrics["holdout"]
    yield from _metrics("all", holdout.overall, OVERALL)
    for name, classed in holdout.overall.per_class.items():
        if classed.recall is not None:
            yield f"{name}: recall", Figure(classed.recall, classed.recall_interval)
    for source, metrics in holdout.per_source.items():
        yield from _metrics(source, metrics, PER_SOURCE)
    if card.heatmap:
        blurred = card.heatmap
        yield "heat map: hottest fifth", Figure(blurred.hottest, blurred.hottest_interval)
        yield "heat map: random fifth", Figure(blurred.random, blurred.random_interval)
    if card.stability:
        yield "stability: fewest kept", Figure(min(card.stability.kept.values()), None)
    for unseen in card.unseen:
        yield from _unseen(unseen)


def _metrics(of: str, metrics: Metrics, named: dict[str, str]) -> Iterator[tuple[str, Figure]]:
    for key, words in named.items():
        value = getattr(metrics, key)
        if value is not None:
            yield f"{of}: {words}", Figure(value, metrics.intervals.get(key))


def _unseen(source: UnseenSource) -> Iterator[tuple[str, Figure]]:
    if source.auroc is not None:
        yield f"unseen {source.name}: AUROC", Figure(source.auroc, source.auroc_interval)
    for key, words in UNSEEN.items():
        share: Share = getattr(source, key)
        if share.share is not None:
            yield f"unseen {source.name}: {words}", Figure(share.share, share.interval)


def _text(figure: Figure) -> str:
    return value_with_interval(figure.value, figure.interval)


def _agreement(first: Figure, second: Figure) -> str:
    if first.interval is None or second.interval is None:
        return "–"
    return "yes" if first.holds(second.value) and second.holds(first.value) else "no"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path, help="a card, FILE.json")
    parser.add_argument("second", type=Path, help="the other one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
