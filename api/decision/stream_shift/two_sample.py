"""How far a sample lies from every mixture of known groups.

Both distances are taken to the nearest mixture (as in class-ratio estimation by kernel means;
Iyer et al. 2014), so that neither another share of healthy people nor one hospital alone counts
as a difference.
"""

import math

import numpy as np

from api.arrays import Float64Array, FloatArray

STEPS = 40
# Rows of a comparison at once. All of a reference's at once are matrices of 30 MB, several at a
# time; what a process once took it seldom gives back.
BLOCK = 128


def squared_distances(one: FloatArray, other: FloatArray) -> Float64Array:
    """Between all rows, (n, d) and (m, d) -> (n, m)."""
    norms = (one**2).sum(axis=1)[:, np.newaxis] + (other**2).sum(axis=1)[np.newaxis]
    return np.asarray(np.maximum(norms - 2 * one @ other.T, 0), dtype=np.float64)


def median_bandwidth(points: FloatArray) -> float:
    """The median squared distance of different rows (the heuristic of Gretton et al. 2012)."""
    n = len(points)
    distances = np.empty(n * (n - 1) // 2)
    filled = 0
    for start in range(0, n, BLOCK):
        block = squared_distances(points[start : start + BLOCK], points[start:])
        later = block[np.triu_indices(len(block), 1, block.shape[1])]
        distances[filled : filled + len(later)] = later
        filled += len(later)
    return max(float(np.median(distances, overwrite_input=True)), 1e-12) if n > 1 else 1.0


def rbf(one: FloatArray, other: FloatArray, *, bandwidth: float) -> Float64Array:
    """exp(-squared distance / bandwidth) of all rows, (n, d) and (m, d) -> (n, m)."""
    return np.asarray(np.exp(-squared_distances(one, other) / bandwidth))


def summed_likeness(
    one: FloatArray, other: FloatArray, weights: FloatArray, *, bandwidth: float
) -> Float64Array:
    """`rbf` of all rows times weights of the second's, (n, d), (m, d), (m, k) -> (n, k)."""
    blocks = (one[start : start + BLOCK] for start in range(0, len(one), BLOCK))
    summed = [rbf(block, other, bandwidth=bandwidth) @ weights for block in blocks]
    return np.concatenate(summed) if summed else np.empty((0, weights.shape[1]))


def mixture_weights(gram: FloatArray, cross: FloatArray) -> Float64Array:
    """The mixture of groups whose mean is nearest to each sample's.

    Minimises w'Gw - 2w'c over weights that are not negative and sum to 1, by accelerated projected
    gradients (Beck & Teboulle 2009).

    Args:
        gram: (groups, groups) inner products of the groups' means.
        cross: (samples, groups) inner products of samples' and groups' means.

    Returns: (samples, groups).
    """
    length = max(float(np.linalg.eigvalsh(gram)[-1]), 1e-12)
    weights = ahead = np.full(cross.shape, 1 / cross.shape[1])
    momentum = 1.0
    for _ in range(STEPS):
        following = on_simplex(ahead - (ahead @ gram - cross) / length)
        next_momentum = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + (momentum - 1) / next_momentum * (following - weights)
        weights, momentum = following, next_momentum
    return np.asarray(weights)


def on_simplex(rows: FloatArray) -> Float64Array:
    """The nearest weights that are not negative and sum to 1, a row each (Duchi et al. 2008)."""
    ordered = -np.sort(-rows, axis=1)
    excess = np.cumsum(ordered, axis=1) - 1
    ranks = np.arange(1, rows.shape[1] + 1)
    last = (ordered - excess / ranks > 0).sum(axis=1)
    shift = excess[np.arange(len(rows)), last - 1] / last
    return np.asarray(np.maximum(rows - shift[:, np.newaxis], 0), dtype=np.float64)


def squared_mmd(
    own: FloatArray, cross: FloatArray, weights: FloatArray, gram: FloatArray
) -> Float64Array:
    """Squared maximum mean discrepancy of samples from mixtures (Gretton et al. 2012), unbiased
    where `own` and `gram` leave out each film's likeness to itself: then it may be below 0.

    Args:
        own: (samples,) mean likeness within a sample.
        cross: (samples, groups) mean likeness to each group.
        weights: (samples, groups) of the mixtures.
        gram: (groups, groups) mean likeness of groups.
    """
    within = ((weights @ gram) * weights).sum(axis=1)
    return np.asarray(own - 2 * (weights * cross).sum(axis=1) + within)


def cumulative_shares(values: FloatArray, grid: FloatArray) -> Float64Array:
    """Share of values at or below each point of a grid: (points,) in [0, 1]."""
    ranks = np.searchsorted(np.sort(values), grid, side="right")
    return np.asarray(ranks / max(len(values), 1), dtype=np.float64)


def ks_to_mixture(shares: FloatArray, groups: FloatArray) -> Float64Array:
    """Kolmogorov-Smirnov distance of samples from their nearest mixture of groups, in [0, 1].

    Args:
        shares: (samples, points) cumulative shares.
        groups: (groups, points) likewise.
    """
    points = groups.shape[1]
    weights = mixture_weights(groups @ groups.T / points, shares @ groups.T / points)
    return np.asarray(np.abs(shares - weights @ groups).max(axis=1))
