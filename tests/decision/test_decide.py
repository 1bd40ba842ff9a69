"""From logits to an answer, against figures worked out by hand."""

import math

import numpy as np
import pytest

from api.decision.decide import (
    Decision,
    DecisionInputs,
    DecisionPolicy,
    decide,
    point_of,
    probabilities_of,
    values_of,
)
from api.errors import InvalidRequest
from api.model_card.card import Card
from api.model_card.metrics import Rates
from tests.decision.scored import IMAGE, LOGITS, scoring
from tests.support.cards import CLASSES, NEW_FIELDS, card, metrics


def old_card() -> Card:
    """As format 1 had it: one operating point, no new field."""
    described = card().model_dump(exclude=set(NEW_FIELDS))
    described["operating_points"] = {"balanced": described["operating_points"]["balanced"]}
    described["metrics"]["holdout"]["overall"]["at"] = {}
    return Card.model_validate(described)


class TestProbabilities:
    def test_they_are_the_softmax(self) -> None:
        assert probabilities_of(LOGITS, temperature=1) == pytest.approx([0.4, 0.3, 0.2, 0.1])

    def test_a_temperature_of_two_takes_the_square_root(self) -> None:
        roots = np.sqrt([4, 3, 2, 1])

        assert probabilities_of(LOGITS, temperature=2) == pytest.approx(roots / roots.sum())

    def test_huge_logits_do_not_overflow(self) -> None:
        probabilities = probabilities_of(np.array([1e4, -1e4, 0, 0]), temperature=0.5)

        assert probabilities.tolist() == [1, 0, 0, 0]

    def test_many_images_at_once_are_each_alone(self) -> None:
        both = probabilities_of(np.stack([LOGITS, LOGITS[::-1]]), temperature=1)

        assert both[0] == pytest.approx([0.4, 0.3, 0.2, 0.1])
        assert both[1] == pytest.approx([0.1, 0.2, 0.3, 0.4])


class TestDecisions:
    def test_the_most_probable_class_is_the_label(self) -> None:
        answer = decide(IMAGE, card())

        assert answer.label == "COVID-19"
        assert answer.confidence == pytest.approx(0.4)
        assert tuple(answer.probabilities) == CLASSES
        assert math.fsum(answer.probabilities.values()) == pytest.approx(1)

    def test_the_score_is_what_is_left_of_the_negative_class(self) -> None:
        assert decide(IMAGE, card()).score == pytest.approx(0.7)

    @pytest.mark.parametrize(
        ("threshold", "decision", "words"),
        [(0.69, "positive", "at or above"), (0.71, "negative", "below")],
    )
    def test_the_cards_threshold_cuts_the_score(
        self, threshold: float, decision: str, words: str
    ) -> None:
        answer = decide(IMAGE, card(threshold=threshold))

        assert answer.decision == decision
        assert answer.causes == ()
        assert answer.reasons == (
            f"The probability of a finding is 70.0%, {words} the threshold of {threshold:.1%} "
            "(balanced operating point).",
        )

    def test_a_score_at_the_threshold_is_positive(self) -> None:
        exact = decide(IMAGE, card()).score

        assert decide(IMAGE, card(threshold=exact)).decision == "positive"

    def test_the_cards_temperature_is_applied(self) -> None:
        cold, warm = decide(IMAGE, card()), decide(IMAGE, card(temperature=3))

        assert warm.label == cold.label
        assert warm.confidence < cold.confidence

    def test_label_and_decision_may_differ(self) -> None:
        normal_first = DecisionInputs(np.log(np.array([0.3, 0.4, 0.2, 0.1])))

        answer = decide(normal_first, card(threshold=0.55))

        assert (answer.label, answer.decision) == ("Normal", "positive")

    def test_a_probability_is_never_rounded_to_certainty(self) -> None:
        sure, clear = decide(scoring(0.99999), card()), decide(scoring(0.00001), card())

        assert sure.reasons[0].startswith("The probability of a finding is more than 99.9%, ")
        assert clear.reasons[0].startswith("The probability of a finding is less than 0.1%, ")

    @pytest.mark.parametrize(
        ("logits", "words"), [([1e4, 0, 0, 0], "100.0%"), ([0, 1e4, 0, 0], "0.0%")]
    )
    def test_a_probability_that_is_certain_is_said_to_be(
        self, logits: list[float], words: str
    ) -> None:
        answer = decide(DecisionInputs(np.array(logits)), card())

        assert answer.reasons[0].startswith(f"The probability of a finding is {words}, ")

    @pytest.mark.parametrize(("threshold", "words"), [(0.001, "0.1%"), (0.999, "99.9%")])
    def test_what_is_exactly_at_the_limit_is_written_as_it_is(
        self, threshold: float, words: str
    ) -> None:
        answer = decide(IMAGE, card(threshold=threshold))

        assert f"the threshold of {words} (balanced" in answer.reasons[0]


class TestTheOperatingPoint:
    @pytest.mark.parametrize(
        ("name", "threshold", "decision"),
        [
            ("balanced", 0.8, "negative"),
            ("screening", 0.4, "positive"),
            ("confirm", 0.9, "negative"),
        ],
    )
    def test_it_is_the_one_that_was_asked_for(
        self, name: str, threshold: float, decision: str
    ) -> None:
        answer = decide(IMAGE, card(threshold=0.8), DecisionPolicy(operating_point=name))

        assert (answer.operating_point, answer.decision) == (name, decision)
        assert answer.threshold == pytest.approx(threshold)
        assert f"({name} operating point)" in answer.reasons[-1]

    def test_an_unknown_one_is_refused_and_the_known_ones_are_named(self) -> None:
        with pytest.raises(
            InvalidRequest,
            match=r"Model v1 has no operating point 'casual'; it has balanced, confirm, screening",
        ):
            decide(IMAGE, card(), DecisionPolicy(operating_point="casual"))

    def test_its_predictive_values_are_of_the_hold_out_at_that_point(self) -> None:
        described = card(prevalence=0.5)

        # Sensitivity 0.98 and specificity 0.6: 0.98 / (0.98 + 0.4), 0.6 / (0.6 + 0.02).
        values = values_of(described, "screening", 0.5)

        assert values.ppv == pytest.approx(0.98 / 1.38)
        assert values.npv == pytest.approx(0.6 / 0.62)
        answer = decide(IMAGE, described, DecisionPolicy(operating_point="screening"))
        assert (answer.ppv, answer.npv) == (values.ppv, values.npv)

    def test_the_hold_outs_figures_go_before_those_of_where_the_point_was_chosen(self) -> None:
        worse = Rates(
            sensitivity=0.5, specificity=0.6, sensitivity_interval=None, specificity_interval=None
        )
        measured = metrics().model_copy(update={"at": {"balanced": worse}})

        # 0.9 and 0.8 in the card's operating point.
        assert values_of(card(holdout=measured), "balanced", 0.5).ppv == pytest.approx(0.5 / 0.9)

    def test_where_there_is_no_hold_out_they_are_of_where_the_point_was_chosen(self) -> None:
        unmeasured = card().model_copy(update={"metrics": {}})

        assert values_of(unmeasured, "balanced", 0.5).ppv == pytest.approx(0.9 / 1.1)

    def test_where_the_hold_out_says_nothing_they_are_of_where_it_was_chosen(self) -> None:
        silent = card(holdout=metrics().model_copy(update={"at": {}}))

        # 0.9 and 0.8 in the card's operating point.
        assert values_of(silent, "balanced", 0.5).ppv == pytest.approx(0.9 / 1.1)


class TestOldCards:
    def answered(self, score: float) -> Decision:
        return decide(scoring(score), old_card())

    def test_they_still_decide_and_refer_nothing(self) -> None:
        decisions = [self.answered(score).decision for score in (0.3, 0.45, 0.55, 0.9)]

        assert decisions == ["negative", "negative", "positive", "positive"]

    def test_their_predictive_values_are_of_the_operating_point(self) -> None:
        assert self.answered(0.9).ppv == pytest.approx(0.9 / 1.1)
        assert self.answered(0.9).prevalence == 0.5

    def test_points_they_do_not_have_are_refused(self) -> None:
        with pytest.raises(InvalidRequest, match="it has balanced"):
            point_of(old_card(), "screening")

    def test_a_point_without_figures_has_no_predictive_values(self) -> None:
        described = old_card()
        blind = described.operating_points["balanced"].model_copy(update={"sensitivity": None})

        answer = decide(
            IMAGE, described.model_copy(update={"operating_points": {"balanced": blind}})
        )

        assert (answer.ppv, answer.npv) == (None, None)
        assert answer.decision == "positive"
