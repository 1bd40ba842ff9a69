"""What the prevalence of a place changes in an answer, and what it does not."""

import numpy as np
import pytest

from api.decision.decide import DecisionPolicy, decide
from tests.decision.scored import IMAGE, scoring
from tests.support.cards import REFER, card


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
            assert here.threshold is not None
            assert usual.threshold is not None
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
