"""From logits to an answer, against figures worked out by hand."""

import math

import numpy as np
import pytest

from api.serving.decision import decide, probabilities_of
from tests.cards import CLASSES, card

# softmax of these is 0.4, 0.3, 0.2, 0.1.
LOGITS = np.log(np.array([4.0, 3.0, 2.0, 1.0], dtype=np.float32))


class TestProbabilities:
    def test_they_are_the_softmax(self) -> None:
        assert probabilities_of(LOGITS, temperature=1) == pytest.approx([0.4, 0.3, 0.2, 0.1])

    def test_a_temperature_of_two_takes_the_square_root(self) -> None:
        roots = np.sqrt([4, 3, 2, 1])

        assert probabilities_of(LOGITS, temperature=2) == pytest.approx(roots / roots.sum())

    def test_huge_logits_do_not_overflow(self) -> None:
        probabilities = probabilities_of(np.array([1e4, -1e4, 0, 0]), temperature=0.5)

        assert probabilities.tolist() == [1, 0, 0, 0]


class TestDeciding:
    def test_the_most_probable_class_is_the_label(self) -> None:
        answer = decide(LOGITS, card())

        assert answer.label == "COVID-19"
        assert answer.confidence == pytest.approx(0.4)
        assert tuple(answer.probabilities) == CLASSES
        assert math.fsum(answer.probabilities.values()) == pytest.approx(1)

    def test_the_score_is_what_is_left_of_the_negative_class(self) -> None:
        assert decide(LOGITS, card()).score == pytest.approx(0.7)

    @pytest.mark.parametrize(
        ("threshold", "decision", "words"),
        [(0.69, "positive", "at or above"), (0.71, "negative", "below")],
    )
    def test_the_cards_threshold_cuts_the_score(
        self, threshold: float, decision: str, words: str
    ) -> None:
        answer = decide(LOGITS, card(threshold=threshold))

        assert answer.decision == decision
        assert answer.reasons == (
            f"The probability of a finding is 70.0%, {words} the threshold of {threshold:.1%} "
            "(balanced operating point).",
        )

    def test_a_score_at_the_threshold_is_positive(self) -> None:
        exact = decide(LOGITS, card()).score

        assert decide(LOGITS, card(threshold=exact)).decision == "positive"

    def test_the_cards_temperature_is_applied(self) -> None:
        cold, warm = decide(LOGITS, card()), decide(LOGITS, card(temperature=3))

        assert warm.label == cold.label
        assert warm.confidence < cold.confidence

    def test_label_and_decision_may_differ(self) -> None:
        normal_first = np.log(np.array([0.3, 0.4, 0.2, 0.1]))

        answer = decide(normal_first, card(threshold=0.55))

        assert (answer.label, answer.decision) == ("Normal", "positive")
