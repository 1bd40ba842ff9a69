"""Making probabilities mean what they say, and choosing where to cut them."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.metrics import roc_curve

from api.registry.card import OperatingPoint

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]

# Below this many films a fitted temperature is noise; the old one is kept.
MIN_FILMS = 50


def fit_temperature(logits: FloatArray, targets: IntArray) -> float:
    """The T that minimises the negative log-likelihood of softmax(logits / T) (Guo et al. 2017).

    Args:
        logits: (n, classes).
        targets: (n,) class numbers.

    Returns: T in [0.2, 5]; 1.0 when there are fewer than 50 films.
    """
    if len(targets) < MIN_FILMS:
        return 1.0
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, targets].mean())

    bounds = (float(np.log(0.2)), float(np.log(5.0)))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


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
