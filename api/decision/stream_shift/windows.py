"""What the newest answers of one version look like on long windows, figure by figure.

Acquisition, scores and distances to the training films are held against the checkpoint's reference
by the tests that watch streams (`detect`), with the thresholds that its card has for them. How
often each class is named and how often films are referred depends on who comes to a place; so those
are held against the version's own earlier answers there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from api.arrays import BoolArray, Float32Array, Float64Array, IntArray
from api.decision.stream_shift.detect import (
    MMD,
    NEARNESS,
    SCORES,
    UNLIKENESS,
    window_statistics,
)
from api.decision.stream_shift.reference import KernelReference
from api.model_card.sites.shift_rule import ShiftRule

# How the tests are called before people.
STATISTICS = {MMD: "acquisition", NEARNESS: "nearness", SCORES: "score", UNLIKENESS: "ood_score"}
CLASSES, REFERRALS = "classes", "referrals"
# Answers before a window that it is compared with, at least and at most.
MIN_BASELINE, MAX_BASELINE = 100, 1000
# Answers that follow each other are often of one patient (block bootstrap; Künsch 1989).
BLOCK = 5
DRAWS = 1000
# How often a window of the same answers is called different, each time that it is looked at.
FALSE_ALARM_RATE = 0.002
# Real differences of shares that are too small to matter.
MIN_DISTANCE = 0.05


@dataclass(frozen=True, slots=True)
class FigureDrift:
    """How far one figure of a window is from what it is held against.

    Attributes:
        figure: acquisition, nearness, score, ood_score, classes or referrals.
        distance: the effect: maximum mean discrepancy (acquisition), Kolmogorov-Smirnov distance in
            [0, 1] (nearness, score, ood_score), share of answers that would have to be others
            (total variation; classes, referrals).
        threshold: above it is drift; None: too little is known to have one.
        here, known: shares by class, or of `referred`; empty for the other figures.
    """

    figure: str
    distance: float
    threshold: float | None
    here: Mapping[str, float] = field(default_factory=dict)
    known: Mapping[str, float] = field(default_factory=dict)

    @property
    def excess(self) -> float | None:
        """Distance over threshold."""
        return None if self.threshold is None else self.distance / self.threshold

    @property
    def drifted(self) -> bool:
        """Whether it is above its threshold."""
        return self.threshold is not None and self.distance > self.threshold


def reference_drift(
    features: Float32Array, comparable: BoolArray, rule: ShiftRule, kernel: KernelReference
) -> list[FigureDrift]:
    """What a whole window's films look like beside the checkpoint's reference.

    Args:
        features: (n, 68) of its answers.
        comparable: (n,) whether the score is of the model that the card belongs to.

    Returns: none where the window is shorter than the shortest test of the rule.
    """
    if len(features) < max(rule.fewest, 2):
        return []
    found = window_statistics(features, comparable, kernel)
    return [
        FigureDrift(STATISTICS[name], distance, threshold_of(rule, name, len(features)))
        for name, distance in found.items()
    ]


def threshold_of(rule: ShiftRule, test: str, n: int) -> float | None:
    """The threshold of the longest window of the card that is not longer than this one.

    Statistics of known films get smaller with their number, so a longer window has no more false
    alarms than it was calibrated for.
    """
    fitting = [each for each in rule.tests if each.test == test and each.window <= n]
    return max(fitting, key=lambda each: each.window).threshold if fitting else None


def share_drift(
    figure: str, window: Sequence[str], baseline: Sequence[str], *, seed: int = 0
) -> FigureDrift:
    """How far the mix of some words in a window is from that in the answers before it.

    Args:
        window: (n,) classes or decisions, n at least 1, in the order of time.
        baseline: (m,) of the answers before it, likewise; the newest MAX_BASELINE count.
    """
    names = sorted({*window, *baseline})
    here = _numbers(window, names)
    known = _numbers(baseline[-MAX_BASELINE:], names)
    shares = _shares(here, len(names)), _shares(known, len(names))
    enough = len(known) >= MIN_BASELINE
    return FigureDrift(
        figure,
        float(np.abs(shares[0] - shares[1]).sum() / 2) if len(known) else 0.0,
        share_threshold(known, len(here), seed=seed) if enough else None,
        here=_named(names, shares[0]),
        known=_named(names, shares[1]) if len(known) else {},
    )


def share_threshold(known: IntArray, n: int, *, seed: int) -> float:
    """The distance that windows of the same answers exceed no more often than FALSE_ALARM_RATE.

    Windows and baselines are both drawn from the known answers in blocks, so that what comes in
    rows there comes in rows here.

    Args:
        known: (m,) numbers of classes in the order of time; n: length of the windows.
    """
    rng = np.random.default_rng(seed)
    following = (np.arange(len(known))[:, np.newaxis] + np.arange(BLOCK)) % len(known)
    # What each block of answers that follow each other holds of each class: (m, classes).
    blocks = (known[following][..., np.newaxis] == np.arange(known.max() + 1)).mean(axis=1)
    one, other = (_drawn(blocks, length, rng) for length in (n, len(known)))
    distances = np.abs(one - other).sum(axis=1) / 2
    return max(float(np.quantile(distances, 1 - FALSE_ALARM_RATE)), MIN_DISTANCE)


def _drawn(blocks: Float64Array, n: int, rng: np.random.Generator) -> Float64Array:
    """Shares of classes in windows of n answers: (DRAWS, classes)."""
    rows = rng.integers(0, len(blocks), size=(DRAWS, -(-n // BLOCK)))
    return np.asarray(blocks[rows].mean(axis=1))


def _numbers(words: Sequence[str], names: Sequence[str]) -> IntArray:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[word] for word in words], dtype=np.int64)


def _shares(numbers: IntArray, size: int) -> Float32Array:
    return np.asarray(np.bincount(numbers, minlength=size) / max(len(numbers), 1), np.float32)


def _named(names: Sequence[str], shares: Float32Array) -> dict[str, float]:
    return {name: round(float(share), 4) for name, share in zip(names, shares, strict=True)}
