"""What is left to a person, why, and by which bound."""

import pytest

from api.decision.decide import (
    POOR,
    UNCERTAIN,
    UNLIKE,
    DecisionInputs,
    DecisionPolicy,
    band_of,
    decide,
)
from tests.decision.scored import IMAGE, LOGITS, scoring
from tests.support.cards import REFER, card

QUALITY_ISSUE = "The picture is only 40 x 40 pixels."


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
        answer = decide(DecisionInputs(LOGITS, quality_issues=(QUALITY_ISSUE,)), card())

        assert (answer.decision, answer.causes) == ("refer", (POOR,))
        assert answer.reasons[0] == QUALITY_ISSUE

    def test_all_causes_together_are_all_named(self) -> None:
        image = DecisionInputs(
            scoring(0.3).logits, ood_score=3.0, quality_issues=(QUALITY_ISSUE, "And dark.")
        )

        answer = decide(image, card(refer=REFER))

        assert answer.decision == "refer"
        assert answer.causes == (UNCERTAIN, UNLIKE, POOR)
        assert len(answer.reasons) == 5
        assert answer.reasons[2:4] == (QUALITY_ISSUE, "And dark.")

    def test_a_referred_image_still_has_label_and_confidence(self) -> None:
        image = DecisionInputs(LOGITS, ood_score=9.0, quality_issues=(QUALITY_ISSUE,))

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
