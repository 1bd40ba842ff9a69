"""Bins of a reliability curve with enough films each: what one film did says nothing."""

import math
from collections.abc import Sequence

from api_types import ReliabilityBin
from formatting import Interval

MIN_IMAGES = 20
# Of a normal distribution, for an interval of 95 %.
Z = 1.959964


def merged(bins: Sequence[ReliabilityBin], *, min_images: int = MIN_IMAGES) -> list[ReliabilityBin]:
    """Neighbours as one until each has enough films; all as one where there are too few.

    Args:
        bins: by rising score.
    """
    groups: list[list[ReliabilityBin]] = [[]]
    for each in bins:
        if _count(groups[-1]) >= min_images:
            groups.append([])
        groups[-1].append(each)
    if len(groups) > 1 and _count(groups[-1]) < min_images:
        groups[-2:] = [groups[-2] + groups[-1]]
    return [_as_one(group) for group in groups if group]


def _count(group: Sequence[ReliabilityBin]) -> int:
    return sum(each["n"] for each in group)


def _as_one(group: Sequence[ReliabilityBin]) -> ReliabilityBin:
    if len(group) == 1:
        return group[0]
    n = _count(group)
    share = sum(each["n"] * each["share_positive"] for each in group) / n
    return {
        "n": n,
        "mean_score": sum(each["n"] * each["mean_score"] for each in group) / n,
        "share_positive": share,
        "interval": wilson(share, n),
    }


def wilson(share: float, n: int) -> Interval:
    """The interval of 95 % of a share of n films (Wilson 1927), as the API has it for each bin."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)
