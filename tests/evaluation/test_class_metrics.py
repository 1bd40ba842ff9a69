"""The figures of the most probable class, and what coarse labels leave of them."""

import numpy as np
import pytest

from api.evaluation.intervals import wilson
from api.model_card.metrics import Metrics
from tests.evaluation.hand_computed import ANY_FINDING, HAND, HAND_TARGETS, measured


@pytest.fixture(scope="module")
def hand() -> Metrics:
    return measured(HAND, HAND_TARGETS)


class TestEachClass:
    def test_a_class_that_does_not_occur_has_no_figures(self, hand: Metrics) -> None:
        viral = hand.per_class["Viral"]

        assert (viral.precision, viral.recall, viral.f1, viral.support) == (None, None, None, 0)
        assert (viral.precision_interval, viral.recall_interval) == (None, None)

    def test_each_class_against_the_others(self, hand: Metrics) -> None:
        covid, normal = hand.per_class["COVID-19"], hand.per_class["Normal"]

        assert (covid.precision, covid.recall, covid.support) == (1.0, 0.5, 2)
        assert normal.precision == pytest.approx(2 / 3)
        assert normal.recall == 1.0
        assert normal.f1 == pytest.approx(0.8)
        assert normal.precision_interval == wilson(2, 3)
        assert covid.recall_interval == wilson(1, 2)


class TestImagesWithSomeFinding:
    """Folders NORMAL and PNEUMONIA: whether there is a finding is known, not which."""

    def test_without_any_known_finding_no_figure_of_labels_is_given(self) -> None:
        metrics = measured(HAND, np.array([ANY_FINDING, ANY_FINDING, 1, 1]))

        assert metrics.n == 4
        assert metrics.accuracy is None
        assert metrics.balanced_accuracy is None
        assert metrics.expected_calibration_error is None
        assert metrics.confusion == ((0, 0, 0),) * 3
        assert {one.support for one in metrics.per_class.values()} == {0}
        assert {one.recall for one in metrics.per_class.values()} == {None}
        assert not {"accuracy", "balanced_accuracy"} & set(metrics.intervals)

    def test_finding_against_none_is_measured_all_the_same(self, hand: Metrics) -> None:
        metrics = measured(HAND, np.array([ANY_FINDING, ANY_FINDING, 1, 1]))

        for name in ("auroc", "sensitivity", "specificity", "brier", "at", "decision_accuracy"):
            assert getattr(metrics, name) == getattr(hand, name)

    def test_labels_are_measured_on_the_images_whose_finding_is_known(self) -> None:
        probabilities = np.concatenate([HAND, HAND[:1]])

        metrics = measured(probabilities, np.array([0, ANY_FINDING, 1, 1, ANY_FINDING]))

        assert metrics.accuracy == 1.0
        assert metrics.confusion == ((1, 0, 0), (0, 2, 0), (0, 0, 0))
        # Two of three with a finding score 0.8, one 0.4.
        assert metrics.sensitivity == pytest.approx(2 / 3)

    def test_without_a_negative_image_either_sensitivity_is_left(self) -> None:
        metrics = measured(HAND[:2], np.full(2, ANY_FINDING))

        assert (metrics.sensitivity, metrics.specificity, metrics.auroc) == (0.5, None, None)
        assert metrics.accuracy is None
