"""The figures of the most probable class: each class against the others, and all of them."""

from collections.abc import Sequence

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.calibration import expected_calibration_error
from api.evaluation.estimate import Estimate, estimate_resampled, estimate_share
from api.evaluation.intervals import wilson
from api.model_card.metrics import ClassMetrics


def label_estimates(probabilities: FloatArray, targets: IntArray) -> dict[str, Estimate]:
    """Accuracy, balanced accuracy and calibration error; undefined where n is 0.

    Balanced accuracy is the mean recall of the classes that occur.

    Args:
        probabilities: (n, classes) in [0, 1].
        targets: (n,) class numbers, none of them coarse.
    """
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    correct = predicted == targets
    return {
        "accuracy": estimate_share(int(correct.sum()), len(targets)),
        "balanced_accuracy": estimate_resampled(_balanced, targets, predicted),
        "expected_calibration_error": estimate_resampled(
            expected_calibration_error, confidence, correct
        ),
    }


def class_metrics(
    predicted: IntArray, targets: IntArray, classes: Sequence[str]
) -> dict[str, ClassMetrics]:
    """Each class against the others; `predicted` and `targets` are (n,) class numbers."""
    return {
        name: _class_metrics(predicted == row, targets == row) for row, name in enumerate(classes)
    }


def _class_metrics(found: BoolArray, there: BoolArray) -> ClassMetrics:
    """Of one class: (n,) True where it is the answer, and where it is the truth."""
    hits, named, support = int((found & there).sum()), int(found.sum()), int(there.sum())
    return ClassMetrics(
        precision=hits / named if named else None,
        recall=hits / support if support else None,
        # The harmonic mean of both.
        f1=2 * hits / (named + support) if support else None,
        support=support,
        precision_interval=wilson(hits, named),
        recall_interval=wilson(hits, support),
    )


def confusion(predicted: IntArray, targets: IntArray, classes: int) -> tuple[tuple[int, ...], ...]:
    """Counts by [true class][predicted class]."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (targets, predicted), 1)
    return tuple(map(tuple, counts.tolist()))


def _balanced(targets: IntArray, predicted: IntArray) -> float:
    return float(np.mean([(predicted[targets == t] == t).mean() for t in np.unique(targets)]))
