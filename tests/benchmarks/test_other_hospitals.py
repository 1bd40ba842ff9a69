"""The table of `benchmarks/model/other_hospitals.py`: a share for each question, by source."""

from pathlib import Path

from api.decision.decide import Decision
from api.inputs.discovery import LabelledImage
from api.tasks.decisions import Decided
from benchmarks.model.other_hospitals import hospital_table


def answered(
    source: str, label: str, decision: str, score: float
) -> tuple[LabelledImage, Decision]:
    image = LabelledImage(Path(f"{source}-{label}.png"), label, source, None, "0" * 64)
    return image, Decision(
        label=label,
        confidence=score,
        probabilities={"Normal": 1 - score, "finding": score},
        score=score,
        decision=Decided(decision),
        causes=(),
        reasons=(),
        operating_point="balanced",
        threshold=0.5,
        prevalence=0.5,
        ppv=None,
        npv=None,
        unlikeness=None,
    )


ANSWERS = [
    answered("north", "Normal", "negative", 0.1),
    answered("north", "Normal", "positive", 0.7),
    answered("north", "Normal", "refer", 0.5),
    answered("north", "Normal", "refer", 0.4),
    answered("north", "finding", "positive", 0.9),
    answered("north", "finding", "negative", 0.2),
    answered("south", "finding", "refer", 0.6),
]


def cells(row: str) -> list[str]:
    return [cell.strip().split(" ")[0] for cell in row.strip("| ").split("|")]


def test_a_row_holds_the_shares_of_its_source() -> None:
    north = hospital_table(ANSWERS, negative_class="Normal").splitlines()[2]

    # Of eight pairs of one healthy film and one with a finding, five are in the right order.
    assert cells(north) == ["north", "4", "0.250", "0.250", "0.500", "2", "0.500", "0.000", "0.625"]


def test_a_source_of_one_kind_has_no_auroc_and_counts_in_the_last_row() -> None:
    south, everything = hospital_table(ANSWERS, negative_class="Normal").splitlines()[3:]

    assert cells(south) == ["south", "0", "–", "–", "–", "1", "0.000", "1.000", "–"]
    assert cells(everything)[:2] == ["all", "4"]
    assert cells(everything)[5] == "3"
