"""Shares, their intervals, and rises that are more than luck."""

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from api.decision.shares import Proportion, p_of_rise


class TestInterval:
    @pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 40), (499, 500)])
    def test_it_is_wilsons(self, hits: int, n: int) -> None:
        known = binomtest(hits, n).proportion_ci(0.95, method="wilson")

        assert Proportion(hits, n).interval == pytest.approx((known.low, known.high))

    def test_of_nothing_there_is_none(self) -> None:
        assert Proportion(0, 0).interval is None
        assert Proportion(0, 0).value == 0


class TestRise:
    @pytest.mark.parametrize(
        ("before", "after"), [((20, 200), (40, 200)), ((100, 1000), (30, 120)), ((5, 50), (12, 50))]
    )
    def test_it_is_fishers_exact_test(
        self, before: tuple[int, int], after: tuple[int, int]
    ) -> None:
        (a, n), (b, m) = before, after
        exact = fisher_exact([[b, m - b], [a, n - a]], alternative="greater").pvalue

        assert p_of_rise(Proportion(a, n), Proportion(b, m)) == pytest.approx(exact, rel=1e-6)

    def test_a_fall_and_nothing_are_no_rise(self) -> None:
        assert p_of_rise(Proportion(9, 10), Proportion(1, 10)) == 1
        assert p_of_rise(Proportion(0, 0), Proportion(9, 10)) == 1
        assert p_of_rise(Proportion(0, 10), Proportion(0, 10)) == 1
        assert p_of_rise(Proportion(3, 10), Proportion(3, 10)) == 1

    def test_by_chance_it_is_small_no_more_often_than_it_says(self) -> None:
        rng = np.random.default_rng(0)
        draws = rng.binomial((400, 100), 0.15, size=(2000, 2))

        small = [
            p_of_rise(Proportion(int(a), 400), Proportion(int(b), 100)) < 0.05 for a, b in draws
        ]

        assert np.mean(small) <= 0.06
