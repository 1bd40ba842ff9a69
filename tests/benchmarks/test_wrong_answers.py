"""The list of `benchmarks/model/wrong_answers.py`: what is answered wrong, the surest first."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from api.decision.decide import Decision
from api.inputs.discovery import LabelledImage
from api.settings import Settings
from api.tasks.decisions import Decided
from benchmarks.model.wrong_answers import (
    CAPTION_PX,
    COLUMNS,
    SIDE_PX,
    contact_sheet,
    wrong_answers,
)

ANSWER = Decision(
    label="Normal",
    confidence=0.5,
    probabilities={"Normal": 0.5, "finding": 0.5},
    score=0.5,
    decision=Decided.REFER,
    causes=(),
    reasons=(),
    operating_point="balanced",
    threshold=0.8,
    prevalence=0.5,
    ppv=None,
    npv=None,
    unlikeness=None,
)


def answered(label: str, decision: str, score: float) -> tuple[LabelledImage, Decision]:
    image = LabelledImage(Path(f"{label}-{score}.png"), label, "north", None, "0" * 64)
    return image, replace(ANSWER, decision=Decided(decision), score=score)


ANSWERS = [
    answered("Normal", "negative", 0.1),
    answered("Normal", "positive", 0.85),
    answered("Normal", "refer", 0.9),
    answered("finding", "negative", 0.08),
    answered("finding", "positive", 0.9),
    answered("finding", "refer", 0.7),
]


@pytest.mark.parametrize(
    ("referred", "scores"), [(False, [0.08, 0.85]), (True, [0.08, 0.9, 0.85, 0.7])]
)
def test_the_surest_come_first_and_referred_ones_only_on_request(
    referred: bool, scores: list[float]
) -> None:
    found = wrong_answers(ANSWERS, negative_class="Normal", referred=referred)

    assert [decision.score for _, decision in found] == scores


def test_a_sheet_has_a_place_for_each_film(tmp_path: Path) -> None:
    Image.new("L", (64, 64), 200).save(tmp_path / "film.png")
    image = replace(ANSWERS[1][0], path=tmp_path / "film.png")

    sheet = contact_sheet([(image, ANSWERS[1][1])] * (COLUMNS + 1), Settings())

    assert sheet.size == (COLUMNS * SIDE_PX, 2 * (SIDE_PX + CAPTION_PX))
    last = (32, SIDE_PX + CAPTION_PX + CAPTION_PX + 32)
    assert sheet.getpixel(last) == 200
    assert sheet.getpixel((SIDE_PX + 32, last[1])) == 0
