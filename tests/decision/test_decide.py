"""From logits to an answer, against figures worked out by hand."""

import math

import numpy as np
import pytest

from api.decision.decide import (
    POOR,
    UNCERTAIN,
    UNLIKE,
    Decision,
    DecisionInputs,
    DecisionPolicy,
    band_of,
    decide,
    point_of,
    probabilities_of,
    values_of,
)
from api.errors import InvalidRequest
from api.model_card.card import Card
from tests.support.cards import CLASSES, NEW_FIELDS, REFER, card, metrics

# softmax of these is 0.4, 0.3, 0.2, 0.1; Normal, the negative class, is the second.
LOGITS = np.log(np.array([4.0, 3.0, 2.0, 1.0], dtype=np.float32))
IMAGE = DecisionInputs(LOGITS)
COMPLAINT = "The picture is only 40 x 40 pixels."


def scoring(score: float) -> DecisionInputs:
    """A film whose P(any finding) is `score`."""
    rest = score / 3
    return DecisionInputs(np.log(np.array([rest, 1 - score, rest, rest])))


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


class TestDeciding:
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

    def test_where_the_hold_out_says_nothing_they_are_of_where_it_was_chosen(self) -> None:
        silent = card(holdout=metrics().model_copy(update={"at": {}}))

        # 0.9 and 0.8 in the card's operating point.
        assert values_of(silent, "balanced", 0.5).ppv == pytest.approx(0.9 / 1.1)


class TestReferring:
    @pytest.mark.parametrize(
        ("score", "decision"),
        [(0.15, "negative"), (0.25, "refer"), (0.59, "refer"), (0.65, "positive")],
    )
    def test_scores_in_the_band_are_left_to_a_person(self, score: float, decision: str) -> None:
        assert decide(scoring(score), card(refer=REFER)).decision == decision

    def test_both_ends_belong_to_the_band(self) -> None:
        score = decide(IMAGE, card()).score
        for low, high in ((score, 0.9), (0.1, score)):
            band = REFER.bands[0].model_copy(update={"low": low, "high": high})
            rule = REFER.model_copy(update={"bands": (band,)})

            assert decide(IMAGE, card(refer=rule)).causes == (UNCERTAIN,)

    @pytest.mark.parametrize("score", [0.1, 0.3, 0.5, 0.7, 0.9])
    def test_a_band_with_its_ends_crossed_refers_nothing(self, score: float) -> None:
        crossed = REFER.bands[0].model_copy(update={"low": 0.7, "high": 0.3})
        rule = REFER.model_copy(update={"bands": (crossed,)})

        assert decide(scoring(score), card(refer=rule)).causes == ()

    def test_what_is_uncertain_is_said_with_the_bound(self) -> None:
        answer = decide(scoring(0.3), card(refer=REFER))

        assert answer.causes == (UNCERTAIN,)
        assert answer.reasons == (
            "Uncertain: a probability of a finding between 20.0% and 60.0% (here 30.0%) is found "
            "in films with and without one; answering them would break the bound of 2.0% wrong "
            "answers. A person must look.",
            "The probability of a finding is 30.0%, below the threshold of 50.0% "
            "(balanced operating point).",
        )

    def test_a_picture_beyond_the_limit_is_unlike(self) -> None:
        answer = decide(DecisionInputs(LOGITS, ood_score=1.5), card())

        assert (answer.decision, answer.causes) == ("refer", (UNLIKE,))
        assert "unlike the chest films" in answer.reasons[0]
        assert "1.5 times the limit" in answer.reasons[0]
        assert answer.unlikeness == 1.5

    def test_a_picture_at_the_limit_is_answered(self) -> None:
        answer = decide(DecisionInputs(LOGITS, ood_score=1.0), card())

        assert (answer.decision, answer.causes, len(answer.reasons)) == ("positive", (), 1)

    def test_a_poor_picture_is_referred_in_its_own_words(self) -> None:
        answer = decide(DecisionInputs(LOGITS, quality_issues=(COMPLAINT,)), card())

        assert (answer.decision, answer.causes) == ("refer", (POOR,))
        assert answer.reasons[0] == COMPLAINT

    def test_all_causes_together_are_all_named(self) -> None:
        image = DecisionInputs(
            scoring(0.3).logits, ood_score=3.0, quality_issues=(COMPLAINT, "And dark.")
        )

        answer = decide(image, card(refer=REFER))

        assert answer.decision == "refer"
        assert answer.causes == (UNCERTAIN, UNLIKE, POOR)
        assert len(answer.reasons) == 5
        assert answer.reasons[2:4] == (COMPLAINT, "And dark.")

    def test_a_referred_image_still_has_label_and_confidence(self) -> None:
        image = DecisionInputs(LOGITS, ood_score=9.0, quality_issues=(COMPLAINT,))

        answer = decide(image, card(refer=REFER))

        assert answer.label == "COVID-19"
        assert answer.confidence == pytest.approx(0.4)
        assert answer.score == pytest.approx(0.7)


class TestTheBand:
    @pytest.mark.parametrize(
        ("max_error", "taken"),
        [
            (None, 0.02),
            (0.02, 0.02),
            (0.049, 0.02),
            (0.05, 0.05),
            (0.07, 0.05),
            (0.1, 0.1),
            (0.5, 0.1),
            (0.001, 0.02),
        ],
    )
    def test_it_is_the_widest_bound_that_was_allowed(
        self, max_error: float | None, taken: float
    ) -> None:
        band = band_of(card(refer=REFER), DecisionPolicy(max_error=max_error))

        assert band is not None
        assert band.max_error == taken

    def test_the_cards_own_bound_serves_where_nothing_is_said(self) -> None:
        rule = REFER.model_copy(update={"max_error": 0.05})

        band = band_of(card(refer=rule), DecisionPolicy())

        assert band is not None
        assert band.max_error == 0.05

    def test_a_larger_bound_answers_more_images(self) -> None:
        described = card(refer=REFER)

        decisions = [
            decide(scoring(0.4), described, DecisionPolicy(max_error=bound)).decision
            for bound in (0.02, 0.05, 0.1)
        ]

        assert decisions == ["refer", "refer", "negative"]

    def test_a_card_without_a_rule_has_none(self) -> None:
        assert band_of(card(), DecisionPolicy(max_error=0.1)) is None


class TestPrevalence:
    SCORES = np.linspace(0.02, 0.98, 25).tolist()

    @pytest.mark.parametrize("prevalence", [0.01, 0.2, 0.9])
    @pytest.mark.parametrize("name", ["balanced", "screening", "confirm"])
    def test_no_decision_changes_with_it(self, prevalence: float, name: str) -> None:
        described = card(refer=REFER, prevalence=0.6, threshold=0.45)

        for score in self.SCORES:
            usual = decide(scoring(score), described, DecisionPolicy(name))
            here = decide(scoring(score), described, DecisionPolicy(name, prevalence=prevalence))

            assert (here.decision, here.causes) == (usual.decision, usual.causes)
            assert (here.score >= here.threshold) == (usual.score >= usual.threshold)

    def test_probabilities_threshold_and_predictive_values_do(self) -> None:
        described = card(prevalence=0.5)

        here = decide(IMAGE, described, DecisionPolicy(prevalence=0.1))

        # Odds of 7 : 3 at even odds become 0.7 : 2.7; a threshold of one half becomes 0.1.
        assert here.score == pytest.approx(0.7 / 3.4)
        assert here.probabilities["Normal"] == pytest.approx(2.7 / 3.4)
        assert here.threshold == pytest.approx(0.1)
        # 0.9 * 0.1 of the films are found, 0.2 * 0.9 are false alarms.
        assert here.ppv == pytest.approx(0.09 / 0.27)
        assert here.npv == pytest.approx(0.72 / 0.73)
        assert here.prevalence == 0.1
        assert here.label == "Normal"
        assert here.reasons == (
            "The probability of a finding is 20.6%, at or above the threshold of 10.0% "
            "(balanced operating point).",
        )

    def test_the_bands_ends_are_told_at_the_same_prevalence(self) -> None:
        answer = decide(scoring(0.3), card(refer=REFER), DecisionPolicy(prevalence=0.1))

        # 0.2, 0.6 and 0.3 at even odds.
        low, high, here = (x / (x + 9 * (1 - x)) for x in (0.2, 0.6, 0.3))
        assert f"between {low:.1%} and {high:.1%} (here {here:.1%})" in answer.reasons[0]

    def test_without_one_the_cards_own_counts(self) -> None:
        described = card(prevalence=0.7)

        assert decide(IMAGE, described) == decide(IMAGE, described, DecisionPolicy(prevalence=0.7))
        assert decide(IMAGE, described).prevalence == 0.7
        assert decide(IMAGE, described).score == pytest.approx(0.7)


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
