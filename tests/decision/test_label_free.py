"""Accuracy without labels, on simulated answers whose truth is known."""

import numpy as np
import pytest
from scipy.stats import binom

from api.arrays import BoolArray, FloatArray
from api.decision.label_free import (
    chance_of_right,
    confidence_threshold,
    estimated_accuracy,
    poisson_binomial,
    thresholded_accuracy,
)

REPEATS = 400
THRESHOLD = 0.4


def simulated(
    n: int, *, seed: int, sharpness: float = 1.0, weight: float = 0.4
) -> tuple[FloatArray, BoolArray]:
    """Scores and what films show.

    Args:
        sharpness: 1: a film with score p has a finding with probability p. Above 1 the scores are
            overconfident.
    """
    rng = np.random.default_rng(seed)
    true = rng.beta(weight, weight, size=n)
    odds = np.log(true / (1 - true)) * sharpness
    return 1 / (1 + np.exp(-odds)), rng.random(n) < true


class TestPoissonBinomial:
    def test_of_equal_chances_it_is_the_binomial(self) -> None:
        found = poisson_binomial(np.full(30, 0.3))

        np.testing.assert_allclose(found, binom.pmf(np.arange(31), 30, 0.3), atol=1e-12)

    def test_it_sums_to_one_with_the_mean_of_the_chances(self) -> None:
        chances = np.random.default_rng(0).random(500)
        found = poisson_binomial(chances)

        assert found.sum() == pytest.approx(1)
        assert (found * np.arange(501)).sum() == pytest.approx(chances.sum())


class TestExpectedAccuracy:
    @pytest.mark.parametrize("n", [60, 300])
    def test_the_interval_covers_the_truth_as_often_as_it_says(self, n: int) -> None:
        covered = []
        for seed in range(REPEATS):
            scores, ill = simulated(n, seed=seed)
            positive = scores >= THRESHOLD
            found = estimated_accuracy(chance_of_right(scores, positive))
            assert found is not None
            low, high = found.interval
            covered.append(low <= (positive == ill).mean() <= high)

        # Numbers of films are whole, so it covers a little more often.
        assert 0.93 <= np.mean(covered) <= 0.99

    def test_it_is_right_on_average(self) -> None:
        gaps = []
        for seed in range(REPEATS):
            scores, ill = simulated(200, seed=seed)
            positive = scores >= THRESHOLD
            found = estimated_accuracy(chance_of_right(scores, positive))
            assert found is not None
            gaps.append(found.accuracy - (positive == ill).mean())

        assert abs(np.mean(gaps)) < 0.005

    def test_overconfident_scores_promise_too_much(self) -> None:
        """Why it is left out where calibration does not hold."""
        scores, ill = simulated(2000, seed=1, sharpness=3)
        positive = scores >= 0.5

        found = estimated_accuracy(chance_of_right(scores, positive))

        assert found is not None
        assert found.interval[0] > (positive == ill).mean() + 0.05

    def test_of_nothing_there_is_none(self) -> None:
        assert estimated_accuracy(np.array([])) is None
        assert thresholded_accuracy(np.array([]), 0.5) is None

    def test_certain_decisions_are_right(self) -> None:
        found = estimated_accuracy(np.ones(10))

        assert found is not None
        assert (found.accuracy, found.interval) == (1.0, (1.0, 1.0))


class TestThresholdedConfidence:
    def test_as_many_lie_below_as_are_wrong(self) -> None:
        confidence = np.array([0.5, 0.6, 0.7, 0.8, 0.9])
        right = np.array([True, False, True, False, True])

        threshold = confidence_threshold(confidence, right)

        assert (confidence < threshold).sum() == 2

    @pytest.mark.parametrize("all_right", [True, False])
    def test_where_all_are_alike(self, all_right: bool) -> None:
        confidence = np.array([0.9, 0.5])

        threshold = confidence_threshold(confidence, np.array([all_right] * 2))

        assert (confidence >= threshold).all() == all_right

    def test_it_finds_the_accuracy_of_other_images_of_the_same_kind(self) -> None:
        scores, ill = simulated(4000, seed=2, sharpness=1.5)
        positive = scores >= THRESHOLD
        threshold = confidence_threshold(chance_of_right(scores, positive), positive == ill)
        covered = []
        for seed in range(100, 300):
            scores, ill = simulated(300, seed=seed, sharpness=1.5)
            positive = scores >= THRESHOLD
            found = thresholded_accuracy(chance_of_right(scores, positive), threshold)
            assert found is not None
            covered.append(abs(found.accuracy - (positive == ill).mean()) < 0.08)

        assert np.mean(covered) > 0.95

    def test_on_images_that_are_harder_it_falls_too(self) -> None:
        scores, ill = simulated(4000, seed=3)
        positive = scores >= 0.5
        threshold = confidence_threshold(chance_of_right(scores, positive), positive == ill)
        harder, ill_harder = simulated(4000, seed=4, weight=1.5)
        decided = harder >= 0.5

        found = thresholded_accuracy(chance_of_right(harder, decided), threshold)

        assert found is not None
        assert found.accuracy < (positive == ill).mean() - 0.05
        assert found.accuracy == pytest.approx((decided == ill_harder).mean(), abs=0.12)
