"""Films that were made unlike those of the known hospitals: only clear answers are given."""

from dataclasses import replace

import numpy as np
import pytest

from api.decision.decide import UNCERTAIN, UNLIKE, DecisionInputs, DecisionPolicy, decide
from api.model_card.decision_rules import Band, KindRule, ReferRule
from tests.decision.scored import scoring
from tests.support.cards import card

RULE = ReferRule(
    chosen_on="validation",
    n=1000,
    max_error=0.05,
    unfamiliar_max_error=0.01,
    bands=(
        Band(max_error=0.01, low=0.1, high=0.9),
        Band(max_error=0.02, low=0.2, high=0.8),
        Band(max_error=0.05, low=0.4, high=0.6),
    ),
)


def image(score: float, *, site_distance: float | None) -> DecisionInputs:
    inputs = scoring(score)
    return DecisionInputs(inputs.logits, site_distance=site_distance)


class TestAPictureThatIsUnlikeToo:
    @pytest.mark.parametrize(
        ("site_distance", "equipment"),
        [
            (1.2, "or one from very different equipment, which a retraining"),
            (None, "or one from very different equipment, which a retraining"),
            (1.0, "so unfamiliar equipment is hardly why"),
        ],
    )
    def test_it_says_whether_equipment_may_be_why(
        self, site_distance: float | None, equipment: str
    ) -> None:
        inputs = replace(image(0.5, site_distance=site_distance), ood_score=1.5)

        answer = decide(inputs, card(refer=RULE))

        assert UNLIKE in answer.causes
        [reason] = [reason for reason in answer.reasons if "1.5 times the limit" in reason]
        assert "it may be no frontal chest film, or turned, or inverted" in reason
        assert equipment in reason


class TestTheBand:
    @pytest.mark.parametrize(
        ("score", "usual", "unfamiliar"),
        [
            (0.05, "negative", "negative"),
            (0.15, "negative", "refer"),
            (0.5, "refer", "refer"),
            (0.7, "positive", "refer"),
            (0.95, "positive", "positive"),
        ],
    )
    def test_it_is_wider_beyond_the_limit(self, score: float, usual: str, unfamiliar: str) -> None:
        described = card(refer=RULE)

        assert decide(image(score, site_distance=1.0), described).decision == usual
        assert decide(image(score, site_distance=None), described).decision == usual
        assert decide(image(score, site_distance=1.01), described).decision == unfamiliar

    def test_a_policy_may_be_stricter_and_not_laxer(self) -> None:
        described = card(refer=RULE)
        lax, strict = DecisionPolicy(max_error=0.05), DecisionPolicy(max_error=0.01)

        assert decide(image(0.15, site_distance=2), described, lax).causes == (UNCERTAIN,)
        assert decide(image(0.15, site_distance=0.5), described, strict).causes == (UNCERTAIN,)

    def test_a_card_of_before_has_one_bound_for_all(self) -> None:
        described = card(refer=RULE.model_copy(update={"unfamiliar_max_error": None}))

        assert decide(image(0.15, site_distance=2), described).decision == "negative"

    def test_many_scores_are_referred_as_one_is(self) -> None:
        scores = np.linspace(0.01, 0.99, 99)
        distances = np.where(np.arange(99) % 2, 2.0, 0.5)

        referred = RULE.referred(scores, 0.5, distances)

        for score, distance, expected in zip(scores, distances, referred, strict=True):
            answer = decide(image(float(score), site_distance=float(distance)), card(refer=RULE))
            assert (answer.decision == "refer") == expected, (score, distance)


class TestTheSentence:
    def test_it_says_what_is_unlike_and_what_to_do(self) -> None:
        answer = decide(image(0.95, site_distance=1.7), card(refer=RULE))

        assert answer.site_distance == 1.7
        assert "made unlike the chest films this model learned from" in answer.reasons[0]
        assert "1.7 times the limit" in answer.reasons[0]
        assert "1.0% wrong answers" in answer.reasons[0]
        assert "site check" in answer.reasons[0]

    def test_it_calls_the_images_as_the_task_does(self) -> None:
        described = card(refer=RULE).model_copy(update={"task": "mammography"})
        answer = decide(image(0.95, site_distance=1.7), described)

        assert "unlike the mammograms this model" in answer.reasons[0]
        assert "A site check with mammograms of this site" in answer.reasons[0]
        assert not {"chest", "hospital"} & set(answer.reasons[0].split())

    def test_a_familiar_image_needs_none(self) -> None:
        answer = decide(image(0.95, site_distance=0.7), card(refer=RULE))

        assert not any("equipment" in reason for reason in answer.reasons)


class TestKinds:
    def test_those_that_fit_are_left_open_the_most_probable_first(self) -> None:
        # Of the finding's probability the three kinds have shares of 0.7, 0.25 and 0.05.
        described = card()
        names = [name for name in described.classes if name != described.negative_class]
        probabilities = {described.negative_class: 0.02}
        probabilities |= dict(zip(names, (0.7 * 0.98, 0.25 * 0.98, 0.05 * 0.98), strict=True))
        logits = np.log([probabilities[name] for name in described.classes]).astype(np.float32)
        rule = KindRule(coverage=0.9, min_shares=dict.fromkeys(names, 0.2), chosen_on="validation")

        answer = decide(DecisionInputs(logits), card(kinds=rule))
        sure = decide(
            DecisionInputs(logits),
            card(kinds=rule.model_copy(update={"min_shares": dict.fromkeys(names, 0.3)})),
        )
        unfamiliar = decide(DecisionInputs(logits, site_distance=3.0), card(kinds=rule))

        assert answer.possible_labels == (names[0], names[1])
        assert (
            f"its kind is uncertain (several fit): {names[0]} or {names[1]}" in answer.reasons[-1]
        )
        assert sure.possible_labels == (names[0],)
        assert "kind" not in sure.reasons[-1]
        assert unfamiliar.possible_labels == tuple(names)
        assert "this equipment is unfamiliar" in unfamiliar.reasons[-1]

    def test_where_none_fits_all_are_left_open(self) -> None:
        described = card()
        names = [name for name in described.classes if name != described.negative_class]
        rule = KindRule(coverage=0.9, min_shares=dict.fromkeys(names, 0.99), chosen_on="validation")

        answer = decide(scoring(0.95), card(kinds=rule))

        assert answer.possible_labels is not None
        assert set(answer.possible_labels) == set(names)

    def test_a_negative_answer_leaves_the_negative_class_open_and_a_referral_everything(
        self,
    ) -> None:
        described = card()
        names = [name for name in described.classes if name != described.negative_class]
        rule = KindRule(coverage=0.9, min_shares=dict.fromkeys(names, 0.0), chosen_on="validation")

        negative = decide(scoring(0.05), card(kinds=rule, refer=RULE))
        referred = decide(scoring(0.5), card(kinds=rule, refer=RULE))

        assert negative.possible_labels == (described.negative_class,)
        assert referred.possible_labels is not None
        assert set(referred.possible_labels) == set(described.classes)

    def test_a_card_without_the_rule_does_not_tell(self) -> None:
        assert decide(scoring(0.95), card()).possible_labels is None
