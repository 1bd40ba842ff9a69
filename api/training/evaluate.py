"""How good: the figures of a card, from probabilities and true classes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, roc_auc_score

from api.registry.card import ClassMetrics, Evaluation, Metrics

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]


def evaluate(
    probabilities: FloatArray,
    targets: IntArray,
    sources: Sequence[str],
    *,
    classes: Sequence[str],
    negative_index: int,
    threshold: float,
) -> Evaluation:
    """Metrics over all images and for each source.

    Args:
        probabilities: (n, classes) in [0, 1], n > 0.
        targets: (n,) class numbers.
        sources: (n,) where each image is from.
        threshold: of the score 1 - P(negative class).
    """

    def metrics(rows: npt.NDArray[np.bool_]) -> Metrics:
        return measure(
            probabilities[rows],
            targets[rows],
            classes=classes,
            negative_index=negative_index,
            threshold=threshold,
        )

    names = np.array(sources)
    return Evaluation(
        overall=metrics(np.ones(len(targets), dtype=bool)),
        per_source={str(name): metrics(names == name) for name in sorted(set(sources))},
    )


def measure(
    probabilities: FloatArray,
    targets: IntArray,
    *,
    classes: Sequence[str],
    negative_index: int,
    threshold: float,
) -> Metrics:
    """Metrics of one set of images; arguments as in `evaluate`.

    Balanced accuracy is the mean recall of the classes that occur.
    """
    predicted = probabilities.argmax(axis=1)
    labels = list(range(len(classes)))
    precision, recall, f1, support = precision_recall_fscore_support(
        targets, predicted, labels=labels, zero_division=np.nan
    )
    score = 1 - probabilities[:, negative_index]
    positive = targets != negative_index
    flagged = score >= threshold
    return Metrics(
        n=len(targets),
        accuracy=float((predicted == targets).mean()),
        balanced_accuracy=float(np.mean(recall[support > 0])),
        auroc=_auroc(positive, score),
        sensitivity=_share(flagged[positive]),
        specificity=_share(~flagged[~positive]),
        expected_calibration_error=expected_calibration_error(
            probabilities.max(axis=1), predicted == targets
        ),
        per_class={
            name: ClassMetrics(
                precision=_number(precision[row]),
                recall=_number(recall[row]) if support[row] else None,
                f1=_number(f1[row]) if support[row] else None,
                support=int(support[row]),
            )
            for row, name in enumerate(classes)
        },
        confusion=tuple(map(tuple, confusion_matrix(targets, predicted, labels=labels).tolist())),
    )


def expected_calibration_error(
    confidence: FloatArray, correct: npt.NDArray[np.bool_], *, bins: int = 15
) -> float:
    """Mean gap between confidence and outcome, weighted by bin size (Guo et al. 2017).

    Args:
        confidence: (n,) in [0, 1].
        correct: (n,) True where the answer was right.
        bins: equal-width bins over [0, 1].

    Returns: ECE in [0, 1]; 0 is perfectly calibrated.

    Raises: ValueError if empty or of unequal length.
    """
    if not len(confidence) or len(confidence) != len(correct):
        raise ValueError("needs as many outcomes as confidences, at least one")
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[bin_of == b].sum() - correct[bin_of == b].sum()) for b in np.unique(bin_of)
    ]
    return float(sum(gaps) / len(confidence))


def _auroc(positive: npt.NDArray[np.bool_], score: FloatArray) -> float | None:
    if positive.all() or not positive.any():
        return None
    return float(roc_auc_score(positive, score))


def _share(hits: npt.NDArray[np.bool_]) -> float | None:
    return float(hits.mean()) if len(hits) else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
