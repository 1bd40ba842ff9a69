"""From a network's output over a row to an answer."""

import numpy as np
import pytest

from api.decision.decide import DecisionInputs
from api.decision.decide_row import decide_row, prediction_set, range_sentences
from api.errors import InvalidRow
from api.model_card.table_card import TableCard
from tests.support.iris import iris_checkpoint


@pytest.fixture
def card() -> TableCard:
    card = iris_checkpoint().card
    assert isinstance(card, TableCard)
    conformal = card.conformal.model_copy(update={"min_probability": 0.3, "max_error": 0.05})
    return card.model_copy(update={"conformal": conformal})


def inputs(*probabilities: float, issues: tuple[str, ...] = ()) -> DecisionInputs:
    return DecisionInputs(np.log(np.array(probabilities, dtype=np.float32)), None, issues)


class TestDecisions:
    def test_one_possible_class_is_accepted(self, card: TableCard) -> None:
        decision = decide_row(inputs(0.9, 0.08, 0.02), card)

        assert (decision.label, decision.decision, decision.causes) == ("setosa", "accept", ())
        assert decision.score == pytest.approx(0.1, abs=1e-6)
        assert decision.reasons == ("At the bound of 5.0% wrong answers only setosa is possible.",)

    def test_two_possible_labels_are_referred(self, card: TableCard) -> None:
        decision = decide_row(inputs(0.02, 0.5, 0.48), card)

        assert (decision.decision, decision.causes) == ("refer", ("uncertain",))
        assert "it may be versicolor or virginica" in decision.reasons[0]

    def test_no_possible_class_is_referred(self, card: TableCard) -> None:
        strict = card.model_copy(
            update={"conformal": card.conformal.model_copy(update={"min_probability": 0.8})}
        )

        assert decide_row(inputs(0.6, 0.3, 0.1), strict).causes == ("uncertain",)
        assert prediction_set((0.6, 0.3, 0.1), strict) == ()

    def test_a_row_beyond_the_range_is_answered_and_referred(self, card: TableCard) -> None:
        (sentence,) = range_sentences(card, (2000.0, 3.0, 4.0, 1.0))
        decision = decide_row(inputs(0.01, 0.01, 0.98, issues=(sentence,)), card)

        assert (decision.label, decision.decision) == ("virginica", "refer")
        assert decision.causes == ("out_of_range",)
        assert "sepal_length is 2000 cm" in decision.reasons[0]

    @pytest.mark.parametrize(
        ("probabilities", "decision"),
        [((0.9, 0.05, 0.05), "negative"), ((0.05, 0.9, 0.05), "positive")],
    )
    def test_where_a_class_is_negative_it_says_so(
        self, card: TableCard, probabilities: tuple[float, ...], decision: str
    ) -> None:
        with_negative = card.model_copy(update={"negative_class": "setosa"})

        found = decide_row(inputs(*probabilities), with_negative)

        assert found.decision == decision
        assert found.score == pytest.approx(1 - probabilities[0], abs=1e-6)

    def test_numbers_that_overflow_are_refused(self, card: TableCard) -> None:
        with pytest.raises(InvalidRow, match="as large as these"):
            decide_row(DecisionInputs(np.array([np.nan, 0, 0], dtype=np.float32)), card)
