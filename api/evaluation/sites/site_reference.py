"""Fitting the reference that tells films of known hospitals from those of unfamiliar ones."""

from collections.abc import Sequence

import numpy as np
from scipy import linalg

from api.arrays import BoolArray, Float32Array, FloatArray
from api.decision.site_distance import SiteReference

# Of features: what lies beyond these quantiles, and a quarter of their range, is clipped.
CLIP_QUANTILES, CLIP_MARGIN = (0.005, 0.995), 0.25
# Shares of the identity in the scatter within sources, and in each source's covariance.
SHRINKAGE, RIDGE = 0.1, 0.05
# Of fewer films, mean and covariance say too little.
MIN_IMAGES = 30


def fit_site_reference(
    features: Float32Array, sources: Sequence[str], familiar: Sequence[str]
) -> SiteReference | None:
    """Linear discriminant analysis between all sources, and a Gaussian for each familiar one.

    Sources with films of one kind only help to tell sources apart, but are not familiar: what is
    like them has never been seen well, or never ill.

    Args:
        features: (n, features) acquisition features of training films.
        sources: (n,) where each film is from.
        familiar: the sources that distances are taken to.

    Returns: limits not yet set (see `with_limits`); None with fewer than two sources.
    """
    names = np.array(sources)
    known = [name for name in sorted(set(sources)) if (names == name).sum() >= MIN_IMAGES]
    chosen = [name for name in familiar if name in known]
    if len(known) < 2 or not chosen:
        return None
    values = features.astype(np.float64)
    low, high = _clip_bounds(values)
    clipped = np.clip(values, low, high)
    mean, scale = clipped.mean(axis=0), clipped.std(axis=0) + 1e-6
    standard = (clipped - mean) / scale
    directions = _discriminants([standard[names == name] for name in known])
    projected = standard @ directions
    groups = [projected[names == name] for name in chosen]
    return SiteReference(
        low=low.astype(np.float32),
        high=high.astype(np.float32),
        projection=(directions / scale[:, np.newaxis]).astype(np.float32),
        offset=((mean / scale) @ directions).astype(np.float32),
        means=np.stack([group.mean(axis=0) for group in groups]).astype(np.float32),
        whitening=np.stack([_whitening(group) for group in groups]).astype(np.float32),
    )


def with_limits(
    reference: SiteReference,
    features: Float32Array,
    sources: Sequence[str],
    familiar: Sequence[str],
    *,
    max_unfamiliar: float,
) -> SiteReference:
    """Distances in units of the one that `max_unfamiliar` of a source's own films are beyond.

    Args:
        features: (n, features) of films that were not fitted on.
        familiar: the sources of the reference, in its order.
    """
    names, each = np.array(sources), reference.to_each(features)
    limits = np.array(
        [
            _limit(each[names == name, row], max_unfamiliar=max_unfamiliar)
            for row, name in enumerate(familiar)
        ]
    )
    whitening = reference.whitening / limits[:, np.newaxis, np.newaxis]
    return SiteReference(
        reference.low,
        reference.high,
        reference.projection,
        reference.offset,
        reference.means,
        whitening.astype(np.float32),
    )


def extended(
    reference: SiteReference, features: Float32Array, *, max_unfamiliar: float
) -> SiteReference:
    """The same with one more source: the films of a hospital that was learned from since.

    Args:
        features: (n, features) of its films; n at least MIN_IMAGES.
    """
    projected = reference.project(features).astype(np.float64)
    whitening = _whitening(projected)
    gaps = np.sqrt((((projected - projected.mean(axis=0)) @ whitening) ** 2).sum(axis=1))
    limit = _limit(gaps.astype(np.float32), max_unfamiliar=max_unfamiliar)
    return reference.with_source(
        projected.mean(axis=0).astype(np.float32), (whitening / limit).astype(np.float32)
    )


def familiar_sources(sources: Sequence[str], positive: BoolArray) -> list[str]:
    """Those with films of both kinds, with a finding and without one."""
    names = np.array(sources)
    return [
        str(name)
        for name in np.unique(names)
        if positive[names == name].any() and not positive[names == name].all()
    ]


def unfamiliar_shares(distances: FloatArray, sources: Sequence[str]) -> dict[str, float]:
    """Share of films beyond the limits, per source."""
    names = np.array(sources)
    return {str(name): float((distances[names == name] > 1).mean()) for name in np.unique(names)}


def _limit(distances: FloatArray, *, max_unfamiliar: float) -> float:
    if not len(distances):
        return 1.0
    return max(float(np.quantile(distances, 1 - max_unfamiliar, method="higher")), 1e-6)


def _clip_bounds(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    low, high = np.quantile(values, CLIP_QUANTILES, axis=0)
    margin = CLIP_MARGIN * (high - low)
    return low - margin, high + margin


def _discriminants(groups: Sequence[FloatArray]) -> FloatArray:
    """(features, sources - 1) directions, the one that tells most apart first."""
    n = sum(map(len, groups))
    centre = np.concatenate(groups).mean(axis=0)
    within = sum(np.cov(group.T, bias=True) * len(group) for group in groups) / n
    gaps = [(group.mean(axis=0) - centre, len(group) / n) for group in groups]
    between = sum(share * np.outer(gap, gap) for gap, share in gaps)
    size = len(centre)
    shrunk = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / size * np.eye(size)
    _, vectors = linalg.eigh(between, shrunk)
    return np.asarray(vectors[:, ::-1][:, : len(groups) - 1])


def _whitening(group: FloatArray) -> FloatArray:
    """(directions, directions); a gap times it has the length of its Mahalanobis distance."""
    size = group.shape[1]
    covariance = np.cov(group.T).reshape(size, size) + RIDGE * np.eye(size)
    return np.asarray(np.linalg.cholesky(np.linalg.inv(covariance)))
