"""The worklist's CSV is the API's."""

from typing import cast

from api.reports.spreadsheet import answered_row, columns, line, refused_row
from api_types import Prediction
from tests.streamlit_app import answers
from worklist.answers_csv import as_csv
from worklist.rows import DecisionOptions, Row, WorklistImage

OPTIONS = DecisionOptions()


class TestAsCsv:
    def test_it_equals_what_a_batch_answers(self) -> None:
        answer = answers.referred(score=0.123456789)
        why = "This is a PDF, not a film."
        rows = [
            Row(WorklistImage("a", "=1+1.png"), OPTIONS, cast(Prediction, answer)),
            Row(WorklistImage("b", 'no "film".pdf'), OPTIONS, None, why, 415),
        ]

        expected = [
            line(columns(answers.CLASSES)),
            line(answered_row("=1+1.png", answer, answers.CLASSES)),
            line(refused_row('no "film".pdf', why, answers.CLASSES, status=415)),
        ]  # fmt: skip
        assert as_csv(rows, answers.CLASSES).decode() == "".join(expected)
