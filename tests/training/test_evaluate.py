"""The figures of a card, against hand computation and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score

from api.registry.card import Metrics
from api.training.evaluate import evaluate, expected_calibration_error, measure

CLASSES = ("COVID-19", "Normal", "Viral")
# Truth:                0                  0                1                1
HAND = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]])
HAND_TARGETS = np.array([0, 0, 1, 1])


def measured(probabilities: np.ndarray, targets: np.ndarray, threshold: float = 0.45) -> Metrics:
    return measure(probabilities, targets, classes=CLASSES, negative_index=1, threshold=threshold)


class TestByHand:
    def test_shares_and_confusion(self) -> None:
        metrics = measured(HAND, HAND_TARGETS)

        assert metrics.n == 4
        assert metrics.accuracy == 0.75
        assert metrics.balanced_accuracy == 0.75
        assert metrics.confusion == ((1, 1, 0), (0, 2, 0), (0, 0, 0))

    def test_scores_are_cut_at_the_threshold(self) -> None:
        # The scores are 0.8, 0.4 with and 0.2, 0.5 without a finding.
        metrics = measured(HAND, HAND_TARGETS)

        assert (metrics.sensitivity, metrics.specificity) == (0.5, 0.5)
        assert metrics.auroc == 0.75
        low = measured(HAND, HAND_TARGETS, threshold=0.3)
        assert (low.sensitivity, low.specificity) == (1.0, 0.5)

    def test_a_class_that_does_not_occur_has_no_figures(self) -> None:
        viral = measured(HAND, HAND_TARGETS).per_class["Viral"]

        assert (viral.precision, viral.recall, viral.f1, viral.support) == (None, None, None, 0)

    def test_each_class_against_the_others(self) -> None:
        covid = measured(HAND, HAND_TARGETS).per_class["COVID-19"]
        normal = measured(HAND, HAND_TARGETS).per_class["Normal"]

        assert (covid.precision, covid.recall, covid.support) == (1.0, 0.5, 2)
        assert normal.precision == pytest.approx(2 / 3)
        assert normal.recall == 1.0
        assert normal.f1 == pytest.approx(0.8)

    def test_without_a_negative_film_specificity_is_unknown(self) -> None:
        metrics = measured(HAND[:2], HAND_TARGETS[:2])

        assert (metrics.auroc, metrics.specificity, metrics.sensitivity) == (None, None, 0.5)


class TestAgainstScikitLearn:
    @pytest.mark.parametrize("seed", range(3))
    def test_they_agree(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        probabilities, targets = rng.dirichlet(np.ones(3), 300), rng.integers(0, 3, 300)
        predicted = probabilities.argmax(axis=1)

        metrics = measured(probabilities, targets)

        assert metrics.accuracy == pytest.approx(accuracy_score(targets, predicted))
        assert metrics.balanced_accuracy == pytest.approx(
            balanced_accuracy_score(targets, predicted)
        )
        assert metrics.auroc == pytest.approx(roc_auc_score(targets != 1, 1 - probabilities[:, 1]))
        assert [m.f1 for m in metrics.per_class.values()] == pytest.approx(
            f1_score(targets, predicted, average=None).tolist()
        )


class TestPerSource:
    def test_each_source_is_measured_alone(self) -> None:
        evaluation = evaluate(
            HAND,
            HAND_TARGETS,
            ["a", "b", "a", "b"],
            classes=CLASSES,
            negative_index=1,
            threshold=0.45,
        )

        assert evaluation.overall == measured(HAND, HAND_TARGETS)
        assert list(evaluation.per_source) == ["a", "b"]
        assert evaluation.per_source["a"] == measured(HAND[::2], HAND_TARGETS[::2])


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
