"""How far the kinds that an answer leaves open can be trusted: `python -m … kind_sets --help`.

The card's rule leaves open the kinds of a finding that films of that kind usually reach. Printed
is, for the hold-out and for hospitals that were not learned from, by source and label: how often
the true kind is among those left open, how many are, and how often one alone is named, which of a
film with only a coarse label (tuberculosis, another pneumonia) is said without any ground. Answers
are decided as they are served, by the network's own weights (fp32).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.decision.decide import DecisionInputs, decide
from api.errors import AppError
from api.model_card.card import Card
from api.reports.markdown import table
from api.training.data.splits import HOLDOUT
from benchmarks.model.all_films.network_outputs import (
    UNSEEN,
    Distances,
    NetworkOutputs,
    arguments_of,
    asked_for,
)
from benchmarks.support.shares import share

HEADER = (
    "films",
    "source",
    "label",
    "with a finding",
    "true kind left open",
    "answered positive",
    "kinds left open, mean",
    "one kind alone",
    "COVID-19 alone",
)


@dataclass(frozen=True, slots=True)
class KindAnswer:
    """What was said of a film with a finding: its decision, and the kinds left open if it has one,
    the most probable first."""

    source: str
    label: str
    decision: str
    kinds: tuple[str, ...]


def main() -> None:
    """Decide on every film and print the table."""
    arguments = arguments_of(__file__, __doc__)
    try:
        weights, card, outputs = asked_for(arguments)
        rows = [
            row
            for split in (HOLDOUT, UNSEEN)
            for row in kind_rows(split, kind_answers(outputs[split], card, weights), card)
        ]
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    print(table(HEADER, rows))


def kind_answers(images: NetworkOutputs, card: Card, weights: Path) -> list[KindAnswer]:
    """Of the films with a finding. Raises: InvalidCheckpoint."""
    distances = Distances.of(images, card, weights)
    answers = []
    for row, (source, label) in enumerate(images.kinds):
        if label == card.negative_class:
            continue
        made = decide(
            DecisionInputs(
                images.logits[row],
                float(distances.unlikeness[row]),
                site_distance=float(distances.site[row]),
            ),
            card,
        )
        kinds = tuple(kind for kind in made.possible_labels or () if kind != card.negative_class)
        answers.append(KindAnswer(source, label, made.decision, kinds))
    return answers


def kind_rows(images: str, answers: Sequence[KindAnswer], card: Card) -> list[tuple[str, ...]]:
    """A row for each source and label."""
    groups = sorted({(answer.source, answer.label) for answer in answers})
    return [
        _row(images, [a for a in answers if (a.source, a.label) == group], card) for group in groups
    ]


def _row(images: str, answers: Sequence[KindAnswer], card: Card) -> tuple[str, ...]:
    label = answers[0].label
    found = [answer for answer in answers if answer.decision != "negative"]
    positive = [answer for answer in answers if answer.decision == "positive"]
    alone = [answer.kinds[0] for answer in positive if len(answer.kinds) == 1]
    covered = sum(label in answer.kinds for answer in found)
    mean = sum(len(answer.kinds) for answer in positive) / len(positive) if positive else None
    return (
        images,
        answers[0].source,
        label,
        str(len(answers)),
        share(covered, len(found)) if label in card.classes else "–",
        str(len(positive)),
        "–" if mean is None else f"{mean:.2f}",
        share(len(alone), len(positive)),
        share(alone.count("COVID-19"), len(positive)),
    )


if __name__ == "__main__":
    main()
