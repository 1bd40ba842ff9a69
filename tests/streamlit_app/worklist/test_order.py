"""Which films of a worklist are shown, and in which order."""

from typing import Any, cast

from api_types import Prediction
from tests.streamlit_app import answers
from worklist import order
from worklist.rows import DecisionOptions, Row, WorklistImage


def row(name: str, decision: str = "negative", *, score: float = 0.1, **changes: Any) -> Row:
    image, options = WorklistImage(name, name), DecisionOptions()
    if decision == "problem":
        return Row(image, options, None, "This is a PDF document.", 415)
    answer = answers.prediction(decision=decision, score=score, **changes)
    return Row(image, options, cast(Prediction, answer))


ROWS = [
    row("b.png"),
    row("notes.pdf", "problem"),
    row("A.png", "positive", score=0.9),
    row("c.png", "refer", score=0.4, causes=["uncertain"]),
    row("d.png", "refer", score=0.6, causes=["unlike"]),
]


def names(**filters: str) -> list[str]:
    return [shown.image.name for shown in order.shown(ROWS, **filters)]


class TestOrder:
    def test_what_a_person_must_look_at_comes_first(self) -> None:
        assert names() == ["d.png", "c.png", "notes.pdf", "A.png", "b.png"]

    def test_others_can_be_chosen(self) -> None:
        assert names(order=order.BY_NAME) == ["A.png", "b.png", "c.png", "d.png", "notes.pdf"]
        assert names(order=order.BY_SCORE)[:2] == ["A.png", "d.png"]
        assert names(order=order.AS_SENT) == [one.image.name for one in ROWS]


class TestFilter:
    def test_one_decision_or_all(self) -> None:
        assert names(decision="refer") == ["d.png", "c.png"]
        assert names(decision="problem") == ["notes.pdf"]

    def test_every_word_must_fit_somewhere(self) -> None:
        assert names(words="viral A.PNG") == ["A.png"]
        assert names(words="uncertain") == ["c.png"]
        assert names(words="pdf") == ["notes.pdf"]

    def test_what_a_line_shows_is_found(self) -> None:
        assert [order.why(each) for each in ROWS[3:]] == [
            "uncertain", "unlike the films it learned from",
        ]  # fmt: skip
        for each in ROWS:
            shown = f"{order.label(each)} {order.why(each)}"
            assert each.image.name in names(words=shown), shown
        assert names(words="unlike the films it learned from") == ["d.png"]

    def test_a_class_that_means_nothing_is_not_found(self) -> None:
        assert "d.png" not in names(words="viral")


class TestSummary:
    def test_it_counts_what_matters_first(self) -> None:
        assert order.summary(ROWS) == (
            "5 films: 2 for a person to look at, 1 without an answer, 1 with a finding, "
            "1 without a finding."
        )

    def test_every_decision_has_a_mark_of_its_own(self) -> None:
        assert len(set(order.MARKS.values())) == len(order.URGENCY)
