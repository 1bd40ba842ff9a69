"""Calibration and operating point, on simulated answers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import softmax

from api.training.calibrate import (
    MIN_FILMS,
    Calibration,
    balanced_operating_point,
    fit_calibration,
)
from api.training.evaluate import expected_calibration_error

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


class TestTheOperatingPoint:
    @pytest.mark.parametrize("seed", range(5))
    def test_no_other_threshold_is_better(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        positive = rng.random(200) < 0.4
        scores = np.clip(rng.normal(np.where(positive, 0.6, 0.4), 0.15), 0, 1)

        def youden(threshold: float) -> float:
            flagged = scores >= threshold
            return float(flagged[positive].mean() + (~flagged)[~positive].mean() - 1)

        point = balanced_operating_point(scores, positive, chosen_on="validation")

        assert youden(point.threshold) == pytest.approx(max(map(youden, scores.tolist())))
        assert point.sensitivity is not None
        assert point.specificity is not None
        assert point.sensitivity + point.specificity - 1 == pytest.approx(youden(point.threshold))
        assert point.chosen_on == "validation"

    def test_a_clean_gap_is_cut_in_its_middle(self) -> None:
        scores = np.array([0.1, 0.3, 0.7, 0.9])

        point = balanced_operating_point(scores, scores > 0.5, chosen_on="validation")

        assert point.threshold == pytest.approx(0.5)
        assert (point.sensitivity, point.specificity) == (1, 1)

    @pytest.mark.parametrize("kind", [True, False])
    def test_with_one_kind_only_nothing_is_known(self, kind: bool) -> None:
        point = balanced_operating_point(np.array([0.2, 0.8]), np.full(2, kind), chosen_on="x")

        assert (point.threshold, point.chosen_on) == (0.5, "")
        assert (point.sensitivity, point.specificity) == (None, None)

    def test_it_never_flags_all_or_none_for_certain(self) -> None:
        scores = np.array([0.0, 0.0, 1.0, 1.0])
        wrong_way_round = np.array([True, True, False, False])

        point = balanced_operating_point(scores, wrong_way_round, chosen_on="x")

        assert 0.01 <= point.threshold <= 0.99
