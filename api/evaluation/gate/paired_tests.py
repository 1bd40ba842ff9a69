"""Two checkpoints on the same films: how far apart they are, and whether that is luck."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, norm, rankdata

from api.arrays import BoolArray, FloatArray, IntArray

RESAMPLES = 1000
# 0.8 - 0.7 is more than 0.1 to a computer.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A figure of two checkpoints, and bounds of the second minus the first.

    `low` and `high` are one-sided bounds of 95 % each, together an interval of 90 %. A second one
    that is not worse than the first by `margin` has `low >= -margin`.
    """

    first: float
    second: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """Second minus first."""
        return self.second - self.first


def resampled(
    figure: Callable[[IntArray], tuple[float, float]],
    n: int,
    *,
    significance: float = 0.05,
    seed: int = 0,
) -> PairedDifference:
    """Of any figure, by resampling films, both checkpoints' answers together (Efron 1979).

    Args:
        figure: takes rows, gives the figure of either checkpoint; NaN where the rows allow none.
        n: number of films, at least one.
    """
    first, second = figure(np.arange(n))
    rng = np.random.default_rng(seed)
    draws = np.array([figure(rng.integers(0, n, n)) for _ in range(RESAMPLES)])
    gains = draws[:, 1] - draws[:, 0]
    low, high = np.nanquantile(gains, (significance, 1 - significance)).tolist()
    return PairedDifference(first, second, low, high)


def mcnemar(first: BoolArray, second: BoolArray) -> float:
    """How likely so many films would be lost by luck (exact McNemar test, one-sided).

    Args:
        first, second: (n,) whether each checkpoint answered right.

    Returns: the chance, were both equally good, that at least as many of the films that only one
    of them answered right are the first one's.
    """
    lost, gained = int((first & ~second).sum()), int((second & ~first).sum())
    if not lost + gained:
        return 1.0
    return float(binomtest(lost, lost + gained, alternative="greater").pvalue)


def delong_difference(
    positive: BoolArray, first: FloatArray, second: FloatArray, *, significance: float = 0.05
) -> PairedDifference | None:
    """Of AUROC (DeLong et al. 1988, in the fast form of Sun & Xu 2014); None of one side only.

    Args:
        positive: (n,) True where there is a finding.
        first, second: (n,) scores, higher for a finding.
    """
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < 2:
        return None
    above = np.stack([_placements(score, positive) for score in (first, second)])
    below = np.stack([_placements(-score, ~positive) for score in (first, second)])
    areas = above.mean(axis=1)
    covariance = np.cov(above) / m + np.cov(below) / n
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    deviation = float(np.sqrt(max(variance, 0.0)))
    gain = float(areas[1] - areas[0])
    reach = -float(norm.ppf(significance)) * deviation
    return PairedDifference(float(areas[0]), float(areas[1]), gain - reach, gain + reach)


def _placements(score: FloatArray, among: BoolArray) -> FloatArray:
    """For each film of one side, the share of the other side's that lie below it."""
    others = int((~among).sum())
    return np.asarray((rankdata(score)[among] - rankdata(score[among])) / others)
