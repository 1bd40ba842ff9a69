"""Who may replace the champion."""

import pytest

from api.registry.gate import Check, GatePolicy, Verdict, judge
from tests.cards import metrics


class TestJudging:
    @pytest.mark.parametrize("share", [0.9, 0.91, 1.0])
    def test_a_challenger_that_is_at_least_as_good_is_promoted(self, share: float) -> None:
        verdict = judge(
            metrics(balanced_accuracy=share), metrics(balanced_accuracy=0.9), GatePolicy()
        )

        assert verdict.promoted
        assert verdict.reason == (
            "Balanced accuracy on the 40 held-out images did not fall: "
            f"{share:.3f} against the champion's 0.900."
        )

    def test_a_worse_challenger_is_kept_with_the_figures(self) -> None:
        verdict = judge(
            metrics(balanced_accuracy=0.899), metrics(balanced_accuracy=0.9), GatePolicy()
        )

        assert not verdict.promoted
        assert verdict.reason == (
            "Balanced accuracy on the 40 held-out images fell: 0.899 against the champion's 0.900."
        )

    def test_a_policy_may_allow_a_small_drop(self) -> None:
        policy = GatePolicy(max_balanced_accuracy_drop=0.02)

        assert judge(
            metrics(balanced_accuracy=0.89), metrics(balanced_accuracy=0.9), policy
        ).promoted

    def test_figures_of_different_hold_outs_are_not_compared(self) -> None:
        with pytest.raises(ValueError, match="same images"):
            judge(metrics(n=40), metrics(n=41), GatePolicy())

    @pytest.mark.parametrize(("one", "other"), [(None, 0.9), (0.9, None)])
    def test_films_of_unknown_class_are_no_ground_for_a_promotion(
        self, one: float | None, other: float | None
    ) -> None:
        with pytest.raises(ValueError, match="whose class is known"):
            judge(metrics(balanced_accuracy=one), metrics(balanced_accuracy=other), GatePolicy())


class TestTheVerdict:
    def test_one_failed_check_decides_and_only_failures_are_the_reason(self) -> None:
        verdict = Verdict((Check("a", True, "A is fine."), Check("b", False, "B fell.")))

        assert not verdict.promoted
        assert verdict.reason == "B fell."
