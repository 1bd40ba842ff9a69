"""Calibration and its measures, on simulated answers and by hand."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit, softmax

from api.evaluation.calibration import (
    MIN_IMAGES,
    Calibration,
    expected_calibration_error,
    fit_calibration,
    fit_recalibration,
    reliability,
    score_temperature,
)
from api.evaluation.intervals import wilson

NONE = Calibration.identity(4)
MIXED = np.array([[1.5, 0, 0, 0], [0, 1.5, 0, 0], [0, 0, 0.6, 0.3], [0, 0, 0.3, 0.6]])


def simulated(
    temperature: float = 1.0,
    biases: Sequence[float] = (0, 0, 0, 0),
    *,
    matrix: npt.NDArray[np.float64] | None = None,
    n: int = 4000,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Logits that softmax(matrix @ logits + biases) would mend, and outcomes."""
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 1.5, (n, 4))
    targets = np.array([rng.choice(4, p=row) for row in softmax(honest, axis=1)])
    matrix = np.eye(4) / temperature if matrix is None else matrix
    return (honest - np.array(biases)) @ np.linalg.inv(matrix).T, targets


def calibration_error(
    logits: npt.NDArray[np.float64], targets: npt.NDArray[np.int64], calibration: Calibration
) -> float:
    p = softmax(calibration.apply(logits), axis=1)
    return expected_calibration_error(p.max(axis=1), p.argmax(axis=1) == targets)


class TestCalibrating:
    @pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 3.5])
    @pytest.mark.parametrize("biases", [(0, 0, 0, 0), (0.5, -1.0, 0.75, -0.25)])
    def test_a_known_one_is_recovered(self, temperature: float, biases: tuple[float, ...]) -> None:
        found = fit_calibration(*simulated(temperature, biases))

        assert found.temperature == pytest.approx(temperature, rel=0.12)
        assert found.biases == pytest.approx(biases, abs=0.15)

    def test_what_differs_between_questions_is_recovered(self) -> None:
        logits, targets = simulated(matrix=MIXED)
        calibration = fit_calibration(logits, targets)
        found = np.array(calibration.matrix)

        # What is added to all logits alike changes nothing, so only differences count.
        assert found - found.mean(axis=0) == pytest.approx(MIXED - MIXED.mean(axis=0), abs=0.15)
        assert calibration_error(logits, targets, calibration) < 0.03

    def test_it_is_the_best_by_the_penalised_likelihood(self) -> None:
        logits, targets = simulated(2.0, (0.5, -0.5, 0, 0), n=200)
        found = fit_calibration(logits, targets)

        def objective(matrix: npt.NDArray[np.float64], biases: npt.NDArray[np.float64]) -> float:
            likely = np.log(softmax(logits @ matrix.T + biases, axis=1))[np.arange(200), targets]
            prior = ((matrix - np.eye(4)) ** 2).sum() + 0.1 * (biases**2).sum()
            return float((prior - likely.sum()) / 200)

        best = objective(np.array(found.matrix), np.array(found.biases))
        rng = np.random.default_rng(2)
        for _ in range(50):
            moved = np.array(found.matrix) + rng.normal(0, 0.03, (4, 4))
            shift = rng.normal(0, 0.03, 4)
            assert objective(moved, np.array(found.biases) + shift - shift.mean()) > best - 1e-5

    def test_the_temperature_is_that_of_differences(self) -> None:
        shifted = np.eye(4) / 2.5 + np.array([1.0, -2.0, 3.0, 0.5])

        assert Calibration.of(shifted, np.zeros(4)).temperature == pytest.approx(2.5)
        assert NONE.temperature == pytest.approx(1)

    def test_few_images_change_less_than_many(self) -> None:
        few, many = (fit_calibration(*simulated(3.0, n=n)) for n in (MIN_IMAGES, 4000))

        assert 1 < few.temperature < many.temperature

    def test_it_makes_confidence_honest(self) -> None:
        logits, targets = simulated(3.0, (1.0, -1.0, 0.5, -0.5))

        found = fit_calibration(logits, targets)

        assert calibration_error(logits, targets, found) < 0.03
        assert calibration_error(logits, targets, NONE) > 0.15

    def test_biases_sum_to_nothing(self) -> None:
        assert sum(fit_calibration(*simulated(2.0, (1, 0, 0, 0))).biases) == pytest.approx(0)

    def test_it_stays_within_its_bounds(self) -> None:
        sure = np.eye(4)[np.arange(4000) % 4] * 0.5
        right = np.arange(4000) % 4

        assert np.diag(fit_calibration(sure, right).matrix).max() <= 5
        wrong = np.array(fit_calibration(sure * 20, (right + 1) % 4).matrix)
        assert np.diag(wrong) == pytest.approx(0.2)

    def test_a_class_without_images_leaves_only_a_temperature(self) -> None:
        logits, targets = simulated(2.0)
        there = targets != 3

        found = fit_calibration(logits[there], targets[there])

        assert not any(found.biases)
        assert found.matrix == Calibration.of(np.eye(4) / found.temperature, np.zeros(4)).matrix
        assert found.temperature > 1.2

    def test_too_few_images_change_nothing(self) -> None:
        logits, targets = simulated(3.0, n=MIN_IMAGES)

        assert fit_calibration(logits[:-1], targets[:-1]) == NONE
        assert fit_calibration(logits, targets) != NONE


class TestCalibrationError:
    def test_a_perfect_classifier_has_none(self) -> None:
        assert expected_calibration_error(np.ones(10), np.ones(10, dtype=bool)) == 0

    def test_always_sure_and_right_half_the_time_is_half(self) -> None:
        correct = np.arange(10) % 2 == 0

        assert expected_calibration_error(np.ones(10), correct) == pytest.approx(0.5)

    def test_bins_are_weighted_by_their_images(self) -> None:
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


class TestCoarseLabels:
    """Labels that only say that there is some finding."""

    ALLOWED = (*np.eye(4, dtype=bool).tolist(), [True, False, True, True])

    def test_they_give_the_temperature_of_the_score(self) -> None:
        logits, targets = simulated(temperature=2.0)
        coarse = np.where(targets == 1, 1, -1)

        found = fit_calibration(logits, coarse, self.ALLOWED)

        # Of the classes only one is known: one temperature for all.
        assert found.temperature == pytest.approx(2.0, rel=0.15)
        assert found.biases == (0, 0, 0, 0)

    def test_beside_images_of_known_class_they_move_the_score_alone(self) -> None:
        logits, targets = simulated()
        half = np.where((targets != 1) & (np.arange(len(targets)) % 2 == 0), -1, targets)

        found = fit_calibration(logits, half, self.ALLOWED)

        assert np.array(found.matrix) == pytest.approx(np.eye(4), abs=0.2)

    def test_one_class_a_label_is_what_it_was(self) -> None:
        logits, targets = simulated(matrix=MIXED)

        assert fit_calibration(logits, targets, self.ALLOWED) == fit_calibration(logits, targets)


class TestCalibratingAgain:
    ALLOWED = tuple(tuple(row) for row in np.eye(4, dtype=bool).tolist())

    def test_what_is_calibrated_stays_as_it_is(self) -> None:
        logits, targets = simulated(n=200)
        assert fit_recalibration(logits, targets, self.ALLOWED) == NONE
        # Films alone would always have something to say.
        assert fit_calibration(logits, targets, self.ALLOWED) != NONE

    def test_what_is_clearly_off_is_mended(self) -> None:
        logits, targets = simulated(temperature=3.0, n=400)
        found = fit_recalibration(logits, targets, self.ALLOWED)
        assert found == fit_calibration(logits, targets, self.ALLOWED)
        assert found.temperature > 2

    def test_a_coarse_label_counts_with_all_that_it_allows(self) -> None:
        logits, targets = simulated(temperature=3.0, n=400)
        coarse = np.where(targets > 0, -1, targets)
        allowed = (*self.ALLOWED, (False, True, True, True))
        assert fit_recalibration(logits, coarse, allowed).temperature > 1.5
