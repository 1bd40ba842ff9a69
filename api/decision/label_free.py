"""How many decisions are right, estimated without labels.

Confidence-based performance estimation (CBPE, of NannyML; Kivimäki et al. 2025) from calibrated
probabilities, and average thresholded confidence (ATC; Garg et al. 2022). Both hold only while the
probabilities mean here what they meant where they were calibrated.
"""

from dataclasses import dataclass

import numpy as np

from api.arrays import BoolArray, Float64Array, FloatArray
from api.decision.shares import Proportion
from api.model_card.base import Interval

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class EstimatedAccuracy:
    """Share of decisions that are right, and where the true one lies with 95 %; `n` decisions."""

    n: int
    accuracy: float
    interval: Interval


def chance_of_right(scores: FloatArray, positive: BoolArray) -> Float64Array:
    """How likely each decision is right, by its own calibrated probability.

    Args:
        scores: (n,) P(finding) in [0, 1].
        positive: (n,) True where the decision is that there is a finding.
    """
    return np.where(positive, scores, 1 - np.asarray(scores, np.float64))


def estimated_accuracy(right: FloatArray) -> EstimatedAccuracy | None:
    """CBPE: the mean of the chances, and the interval of the share that will turn out right.

    If the chances are calibrated and films independent, the number of right decisions is a sum of
    independent Bernoulli variables (Poisson binomial); its exact quantiles are the interval. It
    does not count how far off the calibration itself may be.

    Args:
        right: (n,) in [0, 1], as `chance_of_right` gives them.

    Returns: None of nothing.
    """
    if not len(right):
        return None
    numbers = poisson_binomial(right).cumsum()
    tail = (1 - LEVEL) / 2
    low, high = np.searchsorted(numbers, (tail, 1 - tail))
    n = len(right)
    return EstimatedAccuracy(
        n=n,
        accuracy=float(np.mean(right)),
        interval=(float(low / n), float(min(high, n) / n)),
    )


def poisson_binomial(chances: FloatArray) -> Float64Array:
    """How likely each number of successes is, (n,) chances -> (n + 1,), by convolution."""
    found = np.ones(1)
    for chance in np.asarray(chances, dtype=np.float64):
        found = np.convolve(found, (1 - chance, chance))
    return np.asarray(found, dtype=np.float64)


def confidence_threshold(confidence: FloatArray, right: BoolArray) -> float:
    """ATC's threshold: below it lie as many of these films as are decided wrong.

    Args:
        confidence: (n,) of decisions on labelled films, n at least 1.
        right: (n,) whether each was right.
    """
    ordered = np.sort(np.asarray(confidence, dtype=np.float64))
    wrong = int((~np.asarray(right, dtype=np.bool_)).sum())
    if wrong == 0:
        return float(np.nextafter(ordered[0], -np.inf))
    if wrong == len(ordered):
        return float(np.nextafter(ordered[-1], np.inf))
    return float((ordered[wrong - 1] + ordered[wrong]) / 2)


def thresholded_accuracy(confidence: FloatArray, threshold: float) -> EstimatedAccuracy | None:
    """ATC: the share of decisions whose confidence reaches the threshold, with Wilson's interval.

    Args:
        confidence: (n,) on the scale on which the threshold was found.

    Returns: None of nothing.
    """
    share = Proportion(int((np.asarray(confidence) >= threshold).sum()), len(confidence))
    if share.interval is None:
        return None
    return EstimatedAccuracy(share.n, share.value, share.interval)
