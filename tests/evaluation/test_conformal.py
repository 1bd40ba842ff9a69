"""The rule of referral keeps its bound."""

import numpy as np
import pytest

from api.arrays import FloatArray, IntArray
from api.evaluation.conformal import conformal_rule, is_uncertain


def drawn(n: int, *, seed: int) -> tuple[FloatArray, IntArray]:
    """Probabilities of three classes that mean what they say, and classes drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet((0.4, 0.4, 0.4), n)
    targets = np.array([rng.choice(3, p=row) for row in probabilities])
    return probabilities, targets


class TestConformalRule:
    @pytest.mark.parametrize("bound", [0.05, 0.1, 0.2])
    def test_the_true_class_is_possible_as_often_as_it_says(self, bound: float) -> None:
        missed = []
        for seed in range(40):
            rule = conformal_rule(*drawn(200, seed=seed), wanted_error=bound, chosen_on="v")
            probabilities, targets = drawn(500, seed=1000 + seed)
            true = probabilities[np.arange(500), targets]
            missed.append((true < rule.min_probability).mean())

        assert bound - 0.02 < np.mean(missed) <= bound + 0.005

    def test_a_bound_that_so_few_rows_cannot_show_is_not_claimed(self) -> None:
        probabilities, targets = drawn(9, seed=1)

        rule = conformal_rule(probabilities, targets, wanted_error=0.01, chosen_on="v")

        assert (rule.n, rule.wanted_error, rule.max_error) == (9, 0.01, 0.1)
        assert rule.min_probability == probabilities[np.arange(9), targets].min()

    def test_the_least_probability_is_the_one_counted_by_hand(self) -> None:
        true = np.array([0.9, 0.2, 0.8, 0.7, 0.6, 0.95, 0.5, 0.85, 0.75])
        probabilities = np.column_stack([true, 1 - true])

        rule = conformal_rule(
            probabilities, np.zeros(9, dtype=np.int64), wanted_error=0.2, chosen_on="v"
        )

        # Two of ten may lie below: the second smallest of nine.
        assert rule.min_probability == 0.5

    def test_rows_of_no_class_and_of_two_are_uncertain(self) -> None:
        probabilities, targets = drawn(50, seed=2)
        rule = conformal_rule(probabilities, targets, wanted_error=0.1, chosen_on="v")
        fixed = rule.model_copy(update={"min_probability": 0.4})

        answers = np.array([[0.9, 0.05, 0.05], [0.45, 0.45, 0.1], [0.34, 0.33, 0.33]])

        assert is_uncertain(answers, fixed).tolist() == [False, True, True]
