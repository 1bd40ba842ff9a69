"""Temperature and operating point, on simulated answers."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import softmax

from api.training.calibrate import MIN_FILMS, balanced_operating_point, fit_temperature
from api.training.evaluate import expected_calibration_error


def simulated(
    temperature: float, n: int = 4000
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Logits that are `temperature` times too sure of themselves, and outcomes."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1.5, (n, 4))
    chances = softmax(logits, axis=1)
    targets = np.array([rng.choice(4, p=row) for row in chances])
    return logits * temperature, targets


class TestTemperature:
    @pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 3.5])
    def test_a_known_one_is_recovered(self, temperature: float) -> None:
        assert fit_temperature(*simulated(temperature)) == pytest.approx(temperature, rel=0.08)

    def test_it_mends_the_calibration(self) -> None:
        logits, targets = simulated(3.0)

        def error(scale: float) -> float:
            p = softmax(logits / scale, axis=1)
            return expected_calibration_error(p.max(axis=1), p.argmax(axis=1) == targets)

        assert error(fit_temperature(logits, targets)) < 0.03 < 0.15 < error(1.0)

    def test_it_stays_within_its_bounds(self) -> None:
        sure = np.eye(4)[np.arange(100) % 4]
        right = np.arange(100) % 4

        assert fit_temperature(sure, right) == pytest.approx(0.2, abs=0.01)
        assert fit_temperature(sure, (right + 1) % 4) == pytest.approx(5.0, abs=0.05)

    def test_too_few_films_change_nothing(self) -> None:
        logits, targets = simulated(3.0, n=MIN_FILMS)

        assert fit_temperature(logits[:-1], targets[:-1]) == 1.0
        assert fit_temperature(logits, targets) != 1.0


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
