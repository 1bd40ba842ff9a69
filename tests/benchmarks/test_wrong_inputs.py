"""The table of `benchmarks/model/wrong_inputs.py`: what a picture that is no film was answered."""

from pathlib import Path

import pytest

from api.decision.decide import UNLIKE, Decision
from api.tasks.decisions import Decided
from benchmarks.model.wrong_inputs import files_in, row_of


def decided(decision: str, *causes: str) -> Decision:
    return Decision(
        label="Normal",
        confidence=0.5,
        probabilities={"Normal": 0.5, "finding": 0.5},
        score=0.5,
        decision=Decided(decision),
        causes=causes,
        reasons=(),
        operating_point="balanced",
        threshold=0.5,
        prevalence=0.5,
        ppv=None,
        npv=None,
        unlikeness=None,
    )


def test_files_without_an_answer_were_refused_and_count_as_not_answered() -> None:
    decisions = [decided("refer", UNLIKE), decided("refer", "uncertain"), decided("positive")]

    row = row_of("bones", "int8", 4, decisions)

    assert [cell.split(" ")[0] for cell in row] == [
        "bones", "int8", "4", "1", "0.333", "0.750", "0.250", "0.000",
    ]  # fmt: skip


def test_every_file_below_a_folder_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("notes.txt", "deep/hand.jpg"):
        (tmp_path / name).touch()

    assert [image.path.name for image in files_in(tmp_path)] == ["hand.jpg", "notes.txt"]


def test_a_folder_without_files_ends_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no file below"):
        files_in(tmp_path)
