"""The figures of the most probable class: each class against the others, and all of them."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from api.arrays import FloatArray, IntArray
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
    labels = range(len(classes))
    precision, recall, f1, support = (
        precision_recall_fscore_support(
            targets, predicted, labels=list(labels), zero_division=np.nan
        )
        if len(targets)
        else np.vstack([np.full((3, len(labels)), np.nan), np.zeros(len(labels))])
    )
    hits = [int(((predicted == row) & (targets == row)).sum()) for row in labels]
    return {
        name: ClassMetrics(
            precision=_number(precision[row]),
            recall=_number(recall[row]) if support[row] else None,
            f1=_number(f1[row]) if support[row] else None,
            support=int(support[row]),
            precision_interval=wilson(hits[row], int((predicted == row).sum())),
            recall_interval=wilson(hits[row], int(support[row])),
        )
        for row, name in enumerate(classes)
    }


def confusion(predicted: IntArray, targets: IntArray, classes: int) -> tuple[tuple[int, ...], ...]:
    """Counts by [true class][predicted class]."""
    if not len(targets):
        return ((0,) * classes,) * classes
    counts = confusion_matrix(targets, predicted, labels=list(range(classes)))
    return tuple(map(tuple, counts.tolist()))


def _balanced(targets: IntArray, predicted: IntArray) -> float:
    counts = np.bincount(targets)
    occurs = counts > 0
    return float((np.bincount(targets, predicted == targets)[occurs] / counts[occurs]).mean())


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
