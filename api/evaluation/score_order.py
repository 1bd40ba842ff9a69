"""What depends on the order of scores alone: their ranks, and the ROC curve.

NumPy only, as in `scipy.stats.rankdata` and `sklearn.metrics.roc_curve`: to load those libraries
takes longer than to measure a site's films.
"""

import numpy as np

from api.arrays import AnyArray, BoolArray, Float64Array, FloatArray


def ranks(values: AnyArray) -> Float64Array:
    """(n,) ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((counts.cumsum() - (counts - 1) / 2)[place])


def roc_curve(
    positive: BoolArray, scores: FloatArray, *, only_corners: bool = False
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """False and true positive rates at each threshold, the highest first; both kinds are present.

    Args:
        positive: (n,) True where there is a finding.
        scores: (n,), higher for a finding.
        only_corners: leave out what lies on a line between its neighbours.

    Returns: each (thresholds,); the first threshold is infinite, and nothing is positive there.
    """
    order = np.argsort(-scores, kind="stable")
    falling = np.asarray(scores, dtype=np.float64)[order]
    last_of_each = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    hits = positive[order].cumsum()[last_of_each]
    alarms = 1 + last_of_each - hits
    kept = _corners(alarms, hits) if only_corners else np.ones(len(hits), dtype=bool)
    return (
        np.append(0.0, alarms[kept] / alarms[-1]),
        np.append(0.0, hits[kept] / hits[-1]),
        np.append(np.inf, falling[last_of_each][kept]),
    )


def _corners(*counts: AnyArray) -> BoolArray:
    """True at both ends, and where one of the counts rises otherwise than before."""
    bends = np.any([np.diff(each, 2) != 0 for each in counts], axis=0)
    return np.concatenate([[True], bends, [True]])[: len(counts[0])]
