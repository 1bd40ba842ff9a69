"""Fitting what tells films from other pictures, and choosing the better of two ways."""

from collections.abc import Sequence

import numpy as np

from api.arrays import Float32Array
from api.decision.out_of_distribution import METHODS, OodReference, unit

# More of the 576 follow the noise of collections with few films (docs/develop/training.md).
COMPONENTS = 128
BANK_IMAGES = 600


def fit_reference(
    features: Float32Array, groups: Sequence[tuple[str, str]], *, seed: int
) -> OodReference:
    """Describe training films: principal directions within groups, group means, a small bank.

    Args:
        features: (n, features) pooled features, n > 1.
        groups: (n,) source and class of each film.
        seed: draws the bank.
    """
    names = sorted(set(groups))
    member = np.array([names.index(group) for group in groups])
    means = np.stack([features[member == row].mean(axis=0) for row in range(len(names))])
    within = features - means[member]
    spread, directions = np.linalg.eigh(within.T @ within / len(within))
    widest = np.argsort(spread)[::-1][: min(COMPONENTS, len(features) - 1)]
    deviations = np.sqrt(np.maximum(spread[widest], 1e-6 * max(spread[widest[0]], 1e-12)))
    components = (directions[:, widest] / deviations).astype(np.float32)
    drawn = np.random.default_rng(seed).permutation(len(features))[:BANK_IMAGES]
    return OodReference(
        components=components,
        means=means @ components,
        bank=unit(features[drawn] @ components),
    )


def extended(
    reference: OodReference,
    features: Float32Array,
    groups: Sequence[tuple[str, str]],
    *,
    min_group: int,
) -> OodReference:
    """The same reference with the groups of further films, whose early layers are the same."""
    names = np.array([" ".join(group) for group in groups])
    large = [name for name in np.unique(names) if (names == name).sum() >= min_group]
    means = [features[names == name].mean(axis=0) @ reference.components for name in large]
    return OodReference(
        components=reference.components,
        means=np.concatenate([reference.means, np.array(means, np.float32)])
        if means
        else reference.means,
        bank=np.concatenate([reference.bank, unit(features @ reference.components)])
        if len(reference.bank)
        else reference.bank,
    )


def threshold(distances: Float32Array, sources: Sequence[str], *, max_refused: float) -> float:
    """The smallest distance above which no source loses more than its share of films.

    Sources that are too small to tell such a share count together: the outermost of a few films
    would set the limit for all.

    Args:
        distances: (n,) of films that were not trained on.
        max_refused: in (0, 1).
    """
    names = np.array(sources)
    found, sizes = np.unique(names, return_counts=True)
    is_small = sizes < 1 / max_refused
    groups = [names == name for name in found[~is_small]]
    if is_small.any():
        groups.append(np.isin(names, found[is_small]))
    return float(
        max(np.quantile(distances[rows], 1 - max_refused, method="higher") for rows in groups)
    )


def refused_shares(
    distances: Float32Array, sources: Sequence[str], limit: float
) -> dict[str, float]:
    """Share of films beyond a limit, per source."""
    names = np.array(sources)
    return {
        str(name): float((distances[names == name] > limit).mean()) for name in np.unique(names)
    }


def caught_shares(
    reference: OodReference,
    outliers: dict[str, Float32Array],
    images: Float32Array,
    sources: Sequence[str],
    *,
    max_refused: float,
) -> dict[str, dict[str, float]]:
    """For each method, the share of each kind of other picture beyond the limit that films set.

    Args:
        foreign: features of pictures that are no upright films of the kind, by kind.
        images: (n, features) of films that were not trained on, from `sources`.
    """
    table = {}
    for name, distance in METHODS.items():
        limit = threshold(distance(reference, images), sources, max_refused=max_refused)
        table[name] = {
            kind: float((distance(reference, features) > limit).mean())
            for kind, features in outliers.items()
        }
    return table


def better_method(table: dict[str, dict[str, float]]) -> str:
    """The method that catches most over all kinds; the first of equals."""
    return max(table, key=lambda name: np.mean(list(table[name].values())))
