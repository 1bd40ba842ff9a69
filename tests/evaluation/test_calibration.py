"""Calibration and its measures, on simulated answers and by hand."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit, softmax

from api.evaluation.calibration import (
    MIN_FILMS,
    Calibration,
    expected_calibration_error,
    fit_calibration,
    reliability,
    score_temperature,
)
from api.evaluation.intervals import wilson

NONE = Calibration(1.0, (0.0, 0.0, 0.0, 0.0))


def simulated(
    temperature: float, biases: Sequence[float] = (0, 0, 0, 0), *, n: int = 4000
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Logits that softmax(logits / temperature + biases) would mend, and outcomes."""
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 1.5, (n, 4))
    targets = np.array([rng.choice(4, p=row) for row in softmax(honest, axis=1)])
    return (honest - np.array(biases)) * temperature, targets


def calibration_error(
    logits: npt.NDArray[np.float64], targets: npt.NDArray[np.int64], calibration: Calibration
) -> float:
    p = softmax(logits / calibration.temperature + np.array(calibration.biases), axis=1)
    return expected_calibration_error(p.max(axis=1), p.argmax(axis=1) == targets)


class TestCalibrating:
    @pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 3.5])
    @pytest.mark.parametrize("biases", [(0, 0, 0, 0), (0.5, -1.0, 0.75, -0.25)])
    def test_a_known_one_is_recovered(self, temperature: float, biases: tuple[float, ...]) -> None:
        found = fit_calibration(*simulated(temperature, biases))

        assert found.temperature == pytest.approx(temperature, rel=0.08)
        assert found.biases == pytest.approx(biases, abs=0.15)

    def test_it_makes_confidence_honest(self) -> None:
        logits, targets = simulated(3.0, (1.0, -1.0, 0.5, -0.5))

        found = fit_calibration(logits, targets)

        assert calibration_error(logits, targets, found) < 0.03
        assert calibration_error(logits, targets, NONE) > 0.15

    def test_biases_sum_to_nothing(self) -> None:
        assert sum(fit_calibration(*simulated(2.0, (1, 0, 0, 0))).biases) == pytest.approx(0)

    def test_the_temperature_stays_within_its_bounds(self) -> None:
        sure = np.eye(4)[np.arange(100) % 4]
        right = np.arange(100) % 4

        assert fit_calibration(sure, right).temperature == pytest.approx(0.2, abs=0.01)
        wrong = fit_calibration(sure * 10, (right + 1) % 4)
        assert wrong.temperature == pytest.approx(5.0, abs=0.05)

    def test_a_class_without_films_leaves_the_biases_alone(self) -> None:
        logits, targets = simulated(2.0)
        there = targets != 3

        found = fit_calibration(logits[there], targets[there])

        assert not any(found.biases)
        assert found.temperature != 1

    def test_too_few_films_change_nothing(self) -> None:
        logits, targets = simulated(3.0, n=MIN_FILMS)

        assert fit_calibration(logits[:-1], targets[:-1]) == NONE
        assert fit_calibration(logits, targets) != NONE


class TestCalibrationError:
    def test_a_perfect_classifier_has_none(self) -> None:
        assert expected_calibration_error(np.ones(10), np.ones(10, dtype=bool)) == 0

    def test_always_sure_and_right_half_the_time_is_half(self) -> None:
        correct = np.arange(10) % 2 == 0

        assert expected_calibration_error(np.ones(10), correct) == pytest.approx(0.5)

    def test_bins_are_weighted_by_their_films(self) -> None:
        confidence = np.array([0.95] * 9 + [0.55])
        correct = np.array([True] * 9 + [False])

        # 9 films with a gap of 0.05, one with 0.55.
        assert expected_calibration_error(confidence, correct) == pytest.approx(
            0.9 * 0.05 + 0.1 * 0.55
        )

    def test_honest_confidence_has_nearly_none(self) -> None:
        rng = np.random.default_rng(1)
        confidence = rng.uniform(0.25, 1, 20_000)

        assert expected_calibration_error(confidence, rng.random(20_000) < confidence) < 0.02

    @pytest.mark.parametrize("sizes", [(0, 0), (2, 3)])
    def test_nothing_and_unequal_lengths_are_refused(self, sizes: tuple[int, int]) -> None:
        with pytest.raises(ValueError, match="as many outcomes"):
            expected_calibration_error(np.ones(sizes[0]), np.ones(sizes[1], dtype=bool))


class TestTheScoresTemperature:
    @pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
    def test_a_known_one_is_recovered(self, temperature: float) -> None:
        rng = np.random.default_rng(1)
        odds = rng.normal(0, 1.5, 20_000)
        positive = rng.random(20_000) < expit(odds)

        found = score_temperature(expit(odds * temperature), positive)

        assert found == pytest.approx(temperature, rel=0.06)

    def test_it_stays_within_its_bounds(self) -> None:
        scores = np.array([0.2, 0.3, 0.7, 0.8])
        right = scores > 0.5

        assert score_temperature(scores, right) == pytest.approx(0.2, abs=0.01)
        assert score_temperature(scores, ~right) == pytest.approx(5.0, abs=0.05)

    def test_certainty_gives_a_number(self) -> None:
        scores = np.array([0.0, 0.0, 1.0, 1.0])

        found = score_temperature(scores, np.array([False, True, False, True]))

        assert found == pytest.approx(5.0, abs=0.05)


class TestReliability:
    def test_by_hand(self) -> None:
        scores = np.array([0.0, 0.05, 0.09, 0.55, 0.59, 0.95, 1.0, 1.0])
        positive = np.array([False, False, True, True, False, True, True, True])

        low, middle, high = reliability(scores, positive)

        assert (low.n, middle.n, high.n) == (3, 2, 3)
        assert low.mean_score == pytest.approx(0.14 / 3)
        assert low.share_positive == pytest.approx(1 / 3)
        assert low.interval == wilson(1, 3)
        assert middle.mean_score == pytest.approx(0.57)
        assert high.mean_score == pytest.approx(2.95 / 3)
        assert (middle.share_positive, high.share_positive) == (0.5, 1.0)

    def test_honest_scores_come_true_in_every_bin(self) -> None:
        rng = np.random.default_rng(1)
        scores = rng.random(20_000)

        bins = reliability(scores, rng.random(20_000) < scores)

        assert len(bins) == 10
        assert sum(one.n for one in bins) == 20_000
        for one in bins:
            assert one.share_positive == pytest.approx(one.mean_score, abs=0.04)

    def test_the_gaps_are_the_calibration_error(self) -> None:
        rng = np.random.default_rng(2)
        scores = rng.random(300)
        positive = rng.random(300) < scores**2

        gaps = [
            one.n * abs(one.mean_score - one.share_positive)
            for one in reliability(scores, positive, bins=15)
        ]

        assert expected_calibration_error(scores, positive) == pytest.approx(sum(gaps) / 300)
