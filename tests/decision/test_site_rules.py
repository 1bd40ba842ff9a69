"""What a site's profile changes about an answer."""

import numpy as np
import pytest

from api.decision.decide import Decision, DecisionInputs, DecisionPolicy, decide
from api.decision.site_rules import applied_rules, calibrated_score
from api.model_card.decision_rules import KindRule
from api.serving.predictor import decision_policy
from api.settings import Settings
from tests.decision.scored import IMAGE, scoring
from tests.support.cards import CLASSES, REFER, card
from tests.support.site_profiles import profile

CARD = card(refer=REFER)
FINDINGS = [name for name in CLASSES if name != "Normal"]


def decided(
    inputs: DecisionInputs, *, prevalence: float | None = None, **changes: float
) -> Decision:
    """At a site whose profile has these changes; the card itself refers 0.2 to 0.6."""
    rules = applied_rules(profile(**changes), "v1")  # type: ignore[arg-type]
    return decide(inputs, CARD, DecisionPolicy(site=rules, prevalence=prevalence))


class TestApplying:
    def test_the_sites_threshold_cuts(self) -> None:
        assert decide(scoring(0.7), CARD).decision == "positive"
        assert decided(scoring(0.7)).decision == "negative"
        assert decided(scoring(0.95)).decision == "positive"

    def test_the_sites_band_is_referred_and_not_the_cards(self) -> None:
        assert decide(scoring(0.4), CARD).causes == ("uncertain",)
        assert decided(scoring(0.4), low=0.6, high=0.95).decision == "negative"
        assert decided(scoring(0.7), low=0.6, high=0.95).causes == ("uncertain",)

    def test_the_answer_names_the_profile_in_the_last_reason(self) -> None:
        answer = decided(scoring(0.95))

        assert answer.site_profile == "st-anna-12345678-p1"
        assert answer.reasons[-1] == (
            "Decided by the profile of St. Anna, made from 120 of its films on 2026-11-27."
        )

    def test_the_score_is_calibrated_and_the_findings_keep_their_shares(self) -> None:
        answer = decided(IMAGE, scale=0.5)

        score = 1 / (1 + (0.3 / 0.7) ** 0.5)
        assert answer.score == pytest.approx(score)
        assert answer.probabilities["Normal"] == pytest.approx(1 - score)
        assert answer.probabilities["COVID-19"] == pytest.approx(score * 0.4 / 0.7)
        assert sum(answer.probabilities.values()) == pytest.approx(1)

    def test_the_threshold_is_shown_as_the_score_is(self) -> None:
        answer = decided(scoring(0.9), threshold=0.9, low=0.95, high=0.1, scale=0.5, shift=0.3)

        assert answer.score == pytest.approx(answer.threshold)

    def test_predictive_values_are_of_the_sites_images(self) -> None:
        answer = decided(scoring(0.95), prevalence=0.5)

        assert answer.ppv == pytest.approx(0.8 / (0.8 + 0.05))
        assert answer.npv == pytest.approx(0.95 / (0.95 + 0.2))

    def test_distances_are_in_limits_of_the_site(self) -> None:
        far = DecisionInputs(logits=scoring(0.95).logits, ood_score=1.2)

        assert decide(far, CARD).causes == ("unlike",)
        assert decided(far).causes == ()
        assert decided(far).unlikeness == pytest.approx(1.2 / 1.5)
        assert decided(DecisionInputs(logits=far.logits, ood_score=1.6)).causes == ("unlike",)


class TestEquipment:
    def test_what_is_usual_at_the_site_is_decided_as_its_others_are(self) -> None:
        image = DecisionInputs(logits=scoring(0.95).logits, site_distance=1.4)

        answer = decided(image)

        assert answer.decision == "positive"
        assert not any("made unlike" in reason for reason in answer.reasons)
        # As it was measured: other films of the site are compared with it.
        assert answer.site_distance == 1.4

    def test_beyond_the_sites_own_limit_only_clear_answers_are_given(self) -> None:
        image = DecisionInputs(logits=scoring(0.95).logits, site_distance=1.6)

        answer = decided(image)

        assert answer.causes == ("uncertain",)
        assert any("made unlike" in reason for reason in answer.reasons)

    def test_kinds_stay_open_where_the_model_does_not_know_the_equipment(self) -> None:
        kinds = KindRule(coverage=0.9, min_shares=dict.fromkeys(FINDINGS, 0.9), chosen_on="")
        described = card(refer=REFER).model_copy(update={"kinds": kinds})
        image = DecisionInputs(logits=scoring(0.95).logits, site_distance=1.4)

        answer = decide(image, described, DecisionPolicy(site=applied_rules(profile(), "v1")))

        assert set(answer.possible_labels or ()) == set(FINDINGS)
        assert "kind is uncertain (this equipment is unfamiliar)" in answer.reasons[-2]


class TestAnotherVersion:
    def test_the_card_decides_and_the_answer_says_why(self) -> None:
        rules = applied_rules(profile(), "v2")

        answer = decide(scoring(0.7), CARD, DecisionPolicy(site=rules))

        assert (answer.decision, answer.site_profile) == ("positive", None)
        assert answer.reasons[-1] == (
            "The profile of St. Anna is not applied: it was made with v1, and v2 answers. Check "
            "the site again."
        )


class TestPrevalence:
    def test_it_is_the_requests_then_the_sites_then_the_settings(self) -> None:
        settings = Settings(prevalence=0.3)
        site = applied_rules(profile(prevalence=0.2), "v1")
        stale = applied_rules(profile(prevalence=0.2), "v2")

        assert decision_policy(settings, prevalence=0.1, site=site).prevalence == 0.1
        assert decision_policy(settings, site=site).prevalence == 0.2
        assert decision_policy(settings, site=stale).prevalence == 0.3
        assert decision_policy(settings).prevalence == 0.3


class TestCalibratedScore:
    def test_it_keeps_the_order_and_the_ends(self) -> None:
        at_site = profile(scale=0.05, shift=12.0)
        scores = [0.0, 1e-12, 0.2, 0.5, 0.999999, 1.0]

        found = [calibrated_score(score, at_site) for score in scores]

        assert found == sorted(found)
        assert (found[0], found[-1]) == (0.0, 1.0)
        assert np.isfinite(found).all()
