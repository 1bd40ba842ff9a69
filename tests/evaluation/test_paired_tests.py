"""Differences between two checkpoints, against hand-computed tables and SciPy."""

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import roc_auc_score

from api.evaluation.gate.paired_tests import delong_difference, mcnemar, resampled
from api.evaluation.intervals import delong


def answers(lost: int, gained: int, both: int = 20) -> tuple["np.typing.NDArray[np.bool_]", ...]:
    first = np.array([True] * lost + [False] * gained + [True] * both)
    second = np.array([False] * lost + [True] * gained + [True] * both)
    return first, second


class TestMcNemar:
    @pytest.mark.parametrize(
        ("lost", "gained", "chance"),
        # Of ten coins at least eight heads: (45 + 10 + 1) / 1024.
        [(8, 2, 56 / 1024), (2, 8, 1013 / 1024), (5, 0, 1 / 32), (1, 0, 1 / 2)],
    )
    def test_it_counts_coins(self, lost: int, gained: int, chance: float) -> None:
        assert mcnemar(*answers(lost, gained)) == pytest.approx(chance)
        assert chance == pytest.approx(binom.sf(lost - 1, lost + gained, 0.5))

    def test_images_that_both_answered_alike_tell_nothing(self) -> None:
        assert mcnemar(*answers(0, 0)) == 1.0
        assert mcnemar(*answers(3, 1, both=0)) == mcnemar(*answers(3, 1, both=500))


class TestDeLong:
    def test_areas_are_those_of_scikit_learn(self) -> None:
        rng = np.random.default_rng(0)
        positive = rng.random(200) < 0.4
        first, second = (positive + rng.normal(0, spread, 200) for spread in (0.8, 1.2))

        difference = delong_difference(positive, first, second)

        assert difference is not None
        assert difference.first == pytest.approx(roc_auc_score(positive, first))
        assert difference.second == pytest.approx(roc_auc_score(positive, second))

    def test_the_same_scores_have_no_doubt(self) -> None:
        score = np.random.default_rng(1).random(50)
        difference = delong_difference(score > 0.6, score**2, score**2)

        assert difference is not None
        assert difference.gain == 0
        assert difference.low == pytest.approx(0, abs=1e-9)

    def test_against_chance_the_spread_is_that_of_one_area(self) -> None:
        """A second score that is constant has no variance of its own."""
        rng = np.random.default_rng(2)
        positive = rng.random(400) < 0.5
        score = positive + rng.normal(0, 1.5, 400)
        single = delong(positive, score)
        assert single is not None
        _, (low, high) = single

        difference = delong_difference(positive, np.zeros(400), score)

        assert difference is not None
        deviation = (high - low) / 2 / 1.96
        assert difference.gain - difference.low == pytest.approx(1.645 * deviation, rel=0.05)

    def test_one_split_alone_has_no_area(self) -> None:
        assert delong_difference(np.ones(5, bool), np.zeros(5), np.ones(5)) is None

    def test_a_true_loss_is_seen_nineteen_times_of_twenty(self) -> None:
        """The bound lies above the true difference in about 5 % of the samples."""
        rng = np.random.default_rng(3)
        above = 0
        for _ in range(300):
            positive = np.arange(200) < 100
            shared = rng.normal(0, 0.7, 200)
            first, second = (positive + shared + rng.normal(0, 0.7, 200) for _ in range(2))
            found = delong_difference(positive, first, second)
            assert found is not None
            above += found.low > 0
        assert 3 <= above <= 30


class TestResampling:
    def test_a_share_has_the_spread_of_its_changes(self) -> None:
        first, second = answers(lost=10, gained=10, both=380)

        def of(rows: "np.typing.NDArray[np.int64]") -> tuple[float, float]:
            return float(first[rows].mean()), float(second[rows].mean())

        difference = resampled(of, 400)

        assert difference.gain == 0
        # Twenty films that changed sides: a deviation of sqrt(20) / 400.
        assert difference.low == pytest.approx(-1.645 * np.sqrt(20) / 400, rel=0.15)

    def test_it_is_the_same_every_time(self) -> None:
        first, second = answers(3, 1)

        def of(rows: "np.typing.NDArray[np.int64]") -> tuple[float, float]:
            return float(first[rows].mean()), float(second[rows].mean())

        assert resampled(of, len(first)) == resampled(of, len(first))
