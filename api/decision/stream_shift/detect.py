"""Whether the newest answers of a stream are unlike every mixture of known sources.

Maximum mean discrepancy on the features of acquisition, Kolmogorov-Smirnov distances on scores,
distances to the training films and the nearness of acquisition (Rabanser et al. 2019); each to the
nearest mixture of known groups, on windows of several lengths. Thresholds come from the card.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api.arrays import BoolArray, Float32Array, Float64Array, FloatArray
from api.decision.stream_shift.features import OOD, SCORE, STATISTICS, statistics
from api.decision.stream_shift.reference import KernelReference, ShiftReference
from api.decision.stream_shift.two_sample import (
    cumulative_shares,
    ks_to_mixture,
    mixture_weights,
    squared_mmd,
)
from api.inputs.images.acquisition import N_FEATURES
from api.model_card.sites.shift_rule import ShiftRule, ShiftTest

MMD, NEARNESS, SCORES, UNLIKENESS = "mmd", "ks_acquisition", "ks_score", "ks_unlikeness"
# Which stored figure each test of scores looks at.
SCORE_COLUMNS = {SCORES: SCORE, UNLIKENESS: OOD}
# In the order of the reference's columns.
SCORE_ORDER = tuple(SCORE_COLUMNS)
BINS = 12
# A figure that differs by less is not worth naming.
NAMED_FROM = 0.25
MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class StreamDifference:
    """How one figure is distributed here, and in the known films that are nearest.

    Attributes:
        figure: a name of STATISTICS.
        distance: Kolmogorov-Smirnov, in [0, 1].
        words: what it is here, such as 'darker'.
        edges: of the bins, one more than there are shares.
        here, known: share of films in each bin.
    """

    figure: str
    distance: float
    words: str
    edges: tuple[float, ...]
    here: tuple[float, ...]
    known: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ShiftFinding:
    """What the tests on a stream gave.

    Attributes:
        n: answers that were looked at.
        excess: the largest statistic over its threshold; above 1 is shifted.
        test: the one it is of; its window: `window`.
        p: how often known films differ as much, all tests counted (Bonferroni).
        differences: the largest first; none where it is not shifted.
    """

    n: int
    excess: float
    test: str
    window: int
    p: float
    differences: tuple[StreamDifference, ...] = ()

    @property
    def shifted(self) -> bool:
        return self.excess > 1


def assess_stream(
    features: Float32Array, comparable: BoolArray, rule: ShiftRule, kernel: KernelReference
) -> ShiftFinding | None:
    """Make the card's tests on a stream; None where there are too few answers for any.

    Args:
        features: (n, 68) of its newest answers, the newest last.
        comparable: (n,) whether the score is of the model that the card belongs to.
    """
    worst: tuple[float, ShiftTest, float] | None = None
    looked_at = features[-rule.longest :], comparable[-rule.longest :]
    for window, found in _statistics(*looked_at, rule, kernel).items():
        for test in rule.tests:
            if test.window == window and test.test in found:
                excess = found[test.test] / test.threshold
                if worst is None or excess > worst[0]:
                    worst = excess, test, found[test.test]
    if worst is None:
        return None
    excess, test, statistic = worst
    newest = slice(len(features) - test.window, None)
    return ShiftFinding(
        n=len(looked_at[0]),
        excess=round(excess, 3),
        test=test.test,
        window=test.window,
        p=min(1.0, p_value(statistic, test) * len(rule.tests)),
        differences=differences(features[newest], comparable[newest], kernel) if excess > 1 else (),
    )


def _statistics(
    features: Float32Array, comparable: BoolArray, rule: ShiftRule, kernel: KernelReference
) -> dict[int, dict[str, float]]:
    """Each test's statistic on windows of each length that are full; a test that cannot be made
    has none."""
    images = features[:, :N_FEATURES].astype(np.float64)
    cross, likeness = kernel.cross(images), kernel.likeness(images)
    windows = sorted({test.window for test in rule.tests if test.window <= len(images)})
    return {
        n: _of_window(
            features[-n:], comparable[-n:], cross[-n:], float(likeness[-n:, -n:].sum()), kernel
        )
        for n in windows
    }


def window_statistics(
    features: Float32Array, comparable: BoolArray, kernel: KernelReference
) -> dict[str, float]:
    """Each test's statistic on all of some answers; a test that cannot be made has none.

    Args:
        features: (n, 68), n at least 2.
        comparable: (n,) whether the score is of the model that the card belongs to.
    """
    images = features[:, :N_FEATURES].astype(np.float64)
    total = float(kernel.likeness(images).sum())
    return _of_window(features, comparable, kernel.cross(images), total, kernel)


def _of_window(
    features: Float32Array,
    comparable: BoolArray,
    cross: Float64Array,
    likeness: float,
    kernel: KernelReference,
) -> dict[str, float]:
    """`likeness`: the sum of all films' likeness to each other, themselves included."""
    n = len(features)
    made = acquisition_statistics(
        np.array([(likeness - n) / (n * (n - 1))]),
        cross.mean(axis=0, keepdims=True),
        kernel.nearness.of(cross.max(axis=1))[np.newaxis],
        kernel,
    )
    found = {name: float(statistic[0]) for name, statistic in made.items()}
    return found | _score_statistics(features, kernel) if comparable.all() else found


def _score_statistics(features: Float32Array, kernel: KernelReference) -> dict[str, float]:
    values = {name: features[:, SCORE_COLUMNS[name]] for name in kernel.channels}
    return {
        name: float(ks_to_mixture(known.of(values[name])[np.newaxis], known.shares)[0])
        for name, known in kernel.channels.items()
        if np.isfinite(values[name]).all()
    }


def acquisition_statistics(
    own: FloatArray, cross: FloatArray, nearness: FloatArray, kernel: KernelReference
) -> dict[str, Float64Array]:
    """The two tests of acquisition on some windows, (windows,) each.

    Args:
        own: (windows,) mean likeness of different films of a window.
        cross: (windows, groups) mean likeness to each group.
        nearness: (windows, points) cumulative shares of films' nearness.
    """
    weights = mixture_weights(kernel.gram, cross)
    squared = squared_mmd(own, cross, weights, kernel.unbiased_gram)
    return {
        MMD: np.sqrt(np.maximum(squared, 0)),
        NEARNESS: ks_to_mixture(nearness, kernel.nearness.shares),
    }


def p_value(statistic: float, test: ShiftTest) -> float:
    """How often known films give such a statistic, as a normal distribution has it."""
    return 0.5 * math.erfc((statistic - test.mean) / test.spread / math.sqrt(2))


def differences(
    features: Float32Array, comparable: BoolArray, kernel: KernelReference
) -> tuple[StreamDifference, ...]:
    """How the figures that people understand are distributed here and in the nearest mixture."""
    reference = kernel.reference
    cross = kernel.cross(features[:, :N_FEATURES]).mean(axis=0, keepdims=True)
    weights = kernel.image_weights(mixture_weights(kernel.gram, cross)[0])
    here = statistics(features)
    known = statistics(reference.images)
    found = [_difference(name, here[name], values, weights) for name, values in known.items()]
    found += _score_differences(here, comparable, reference)
    return tuple(sorted(found, key=lambda difference: -difference.distance))


def named(distances: Mapping[str, float]) -> tuple[str, ...]:
    """Of words for differences and their distances, those worth naming; the clearest first."""
    ordered = sorted(distances, key=lambda words: -distances[words])
    return tuple(words for words in ordered if distances[words] >= NAMED_FROM)[:MAX_NAMED]


def _score_differences(
    here: Mapping[str, Float32Array], comparable: BoolArray, reference: ShiftReference
) -> list[StreamDifference]:
    """Scores and distances, against those of all held-out films, each group counting as much."""
    found = []
    for column, name in enumerate(("score", "unlikeness")):
        values = here[name][comparable]
        if not len(reference.scores):
            continue
        known = reference.scores[:, column]
        counts = np.bincount(reference.score_members)
        weights = 1 / counts[reference.score_members]
        finite = np.isfinite(known)
        values = values[np.isfinite(values)]
        if len(values) and finite.any():
            found.append(_difference(name, values, known[finite], weights[finite]))
    return found


def _difference(
    name: str, here: Float32Array, known: Float32Array, weights: FloatArray
) -> StreamDifference:
    both = np.concatenate([here, known])
    grid = np.unique(both)
    shares = cumulative_shares(here, grid)
    order = np.argsort(known)
    totals = np.concatenate([[0], np.cumsum(weights[order])]) / weights.sum()
    known_shares = totals[np.searchsorted(known[order], grid, side="right")]
    lower, higher = STATISTICS[name]
    is_lower = here.mean() < np.average(known, weights=weights)
    low, high = np.quantile(both, (0.01, 0.99)).tolist()
    edges = np.linspace(low, max(high, low + 1e-6), BINS + 1)
    return StreamDifference(
        figure=name,
        distance=round(float(np.abs(shares - known_shares).max()), 3),
        words=lower if is_lower else higher,
        edges=_rounded(edges),
        here=_histogram(here, edges, np.ones(len(here))),
        known=_histogram(known, edges, weights),
    )


def _histogram(values: FloatArray, edges: FloatArray, weights: FloatArray) -> tuple[float, ...]:
    """Share of the weight in each bin; what is outside counts to the outermost."""
    inside = np.clip(values, edges[0], edges[-1])
    counted, _ = np.histogram(inside, bins=edges, weights=weights)
    return _rounded(counted / weights.sum())


def _rounded(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(f"{value:.4g}") for value in values)
