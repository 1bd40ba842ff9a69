"""How far a figure could be off by the luck of the draw: 95 % intervals."""

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit
from scipy.stats import binomtest, bootstrap, norm, rankdata

from api.arrays import AnyArray, BoolArray, FloatArray, IntArray
from api.model_card.base import Interval

LEVEL = 0.95
RESAMPLES = 1000


def wilson(hits: int, n: int) -> Interval | None:
    """Of a share, `hits` of `n` (Wilson 1927); None of nothing."""
    if not n:
        return None
    interval = binomtest(hits, n).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def delong(positive: BoolArray, score: FloatArray) -> tuple[float, Interval] | None:
    """AUROC and its interval (DeLong et al. 1988, in the fast form of Sun & Xu 2014).

    The interval is taken on the logit scale, so that it stays within [0, 1]. A perfect separation
    has no variance to estimate; its lower end is then the exact one of as many films as the
    rarer side has, all of them right.

    Args:
        positive: (n,) True where there is a finding.
        score: (n,), higher for a finding.

    Returns: None when only one side is present.
    """
    m, n = int(positive.sum()), int((~positive).sum())
    if not m or not n:
        return None
    among_all = rankdata(score)
    above = (among_all[positive] - rankdata(score[positive])) / n
    below = 1 - (among_all[~positive] - rankdata(score[~positive])) / m
    auc = float(above.mean())
    if auc in (0.0, 1.0) or min(m, n) < 2:
        certain = wilson(round(auc * min(m, n)), min(m, n))
        return (auc, certain) if certain else None
    deviation = float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n))
    half = float(norm.ppf((1 + LEVEL) / 2)) * deviation / (auc * (1 - auc))
    return auc, (float(expit(logit(auc) - half)), float(expit(logit(auc) + half)))


def resampled(figure: Callable[..., float], *samples: AnyArray, seed: int = 0) -> Interval | None:
    """Of any figure, by resampling films with replacement (Efron 1979; percentiles).

    Args:
        figure: takes the samples, each (n, ...), and gives a number, never NaN.
        samples: all of equal length, resampled together.

    Returns: None of fewer than two films.
    """
    n = len(samples[0])
    if n < 2:
        return None

    def of(rows: IntArray) -> float:
        return figure(*(sample[rows] for sample in samples))

    draws = bootstrap(
        (np.arange(n),),
        of,
        vectorized=False,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).bootstrap_distribution
    low, high = np.percentile(draws, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)
