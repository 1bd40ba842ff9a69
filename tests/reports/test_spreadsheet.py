"""Answers as a table."""

import csv
import io
from typing import Any

import pytest

from api.reports.spreadsheet import answered_row, columns, line, refused_row

CLASSES = ("Normal", "Ill")
ANSWER: dict[str, Any] = {
    "label": "Ill",
    "confidence": 0.7000000123,
    "score": 0.7,
    "decision": "refer",
    "causes": ("uncertain", "unlike"),
    "reasons": ("One.", "Two, with a comma."),
    "probabilities": {"Ill": 0.7, "Normal": 0.3},
    "operating_point": "balanced",
    "prevalence": None,
    "model_version": "v1",
    "id": "abc",
    "possible_labels": ("Ill", "Normal"),
}


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestRows:
    def test_an_answer_has_a_cell_in_every_column(self) -> None:
        row = read(line(columns(CLASSES)) + line(answered_row("a.png", ANSWER, CLASSES)))[0]

        assert row == {
            "filename": "a.png", "label": "Ill", "confidence": "0.7", "score": "0.7",
            "decision": "refer", "causes": "uncertain; unlike",
            "reasons": "One. Two, with a comma.", "Normal": "0.3", "Ill": "0.7",
            "operating_point": "balanced", "prevalence": "", "model_version": "v1", "id": "abc",
            "status": "200", "error": "", "possible_labels": "Ill; Normal",
        }  # fmt: skip

    def test_a_refusal_says_why(self) -> None:
        refused = refused_row("b.png", "Too\nlarge", CLASSES, status=413)
        row = read(line(columns(CLASSES)) + line(refused))[0]

        assert (row["filename"], row["status"], row["error"]) == ("b.png", "413", "Too\nlarge")
        assert row["label"] == row["Ill"] == row["id"] == ""


class TestFormulas:
    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
    def test_no_cell_is_one_whoever_named_the_image(self, start: str) -> None:
        name = f'{start}HYPERLINK("http://evil.example")'

        for cells in (answered_row(name, ANSWER, CLASSES), refused_row(name, name, CLASSES)):
            written = next(csv.reader(io.StringIO(line(cells), newline="")))
            assert written[0] == f"'{name}"
            assert not any(cell.startswith(start) for cell in written if cell)

    def test_numbers_stay_numbers(self) -> None:
        assert line([-1.5, 2]) == "-1.5,2\r\n"
