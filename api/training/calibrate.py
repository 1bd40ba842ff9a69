"""Making probabilities mean what they say, and choosing where to cut them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.metrics import roc_curve

from api.registry.card import OperatingPoint

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]

# Below this many films a fitted calibration is noise; the old one is kept.
MIN_FILMS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """probabilities = softmax(logits / temperature + biases); one bias a class, summing to 0."""

    temperature: float
    biases: tuple[float, ...]


def fit_calibration(logits: FloatArray, targets: IntArray) -> Calibration:
    """Bias-corrected temperature scaling by maximum likelihood (Alexandari et al. 2020).

    The temperature undoes over- or under-confidence (Guo et al. 2017); the biases undo the shift
    of class frequencies that weighting the training films causes.

    Args:
        logits: (n, classes).
        targets: (n,) class numbers.

    Returns: temperature in [0.2, 5] and biases in [-3, 3]; those that change nothing when there
        are fewer than 50 films, no biases when a class has none.
    """
    classes = logits.shape[1]
    if len(targets) < MIN_FILMS:
        return Calibration(1.0, (0.0,) * classes)
    rows = np.arange(len(targets))

    def loss(parameters: FloatArray) -> float:
        scaled = logits / np.exp(parameters[0]) + parameters[1:]
        return -float(log_softmax(scaled, axis=1)[rows, targets].mean())

    limit = 3.0 if len(np.unique(targets)) == classes else 0.0
    bounds = [(float(np.log(0.2)), float(np.log(5.0))), *[(-limit, limit)] * classes]
    found = minimize(loss, np.zeros(1 + classes), method="L-BFGS-B", bounds=bounds).x
    biases = found[1:] - found[1:].mean()
    return Calibration(float(np.exp(found[0])), tuple(biases.tolist()))


def balanced_operating_point(
    scores: FloatArray, positive: npt.NDArray[np.bool_], *, chosen_on: str
) -> OperatingPoint:
    """The threshold with the largest sensitivity + specificity - 1 (Youden 1950).

    Args:
        scores: (n,) P(any finding) in [0, 1].
        positive: (n,) True where there is a finding.
        chosen_on: name of the split, for the card.

    Returns: the point; threshold 0.5 with unknown figures when only one kind is present.
    """
    if positive.all() or not positive.any():
        return OperatingPoint(threshold=0.5, chosen_on="", sensitivity=None, specificity=None)
    fpr, tpr, thresholds = roc_curve(positive, scores, drop_intermediate=False)
    best = int(np.argmax(tpr - fpr))
    below = thresholds[min(best + 1, len(thresholds) - 1)]
    # Halfway to the next score: films just like the last positive one stay positive.
    threshold = float(np.clip((thresholds[best] + below) / 2, 0.01, 0.99))
    return OperatingPoint(
        threshold=threshold,
        chosen_on=chosen_on,
        sensitivity=float(tpr[best]),
        specificity=float(1 - fpr[best]),
    )
