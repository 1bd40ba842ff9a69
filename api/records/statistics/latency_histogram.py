"""Percentiles from counts: bins whose width grows with the duration (DDSketch, Masson et al. 2019).

A percentile is at most 2 % away from a duration that has this rank, however many there are.
"""

import math
from collections.abc import Mapping

RELATIVE_ERROR = 0.02
GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
# What is shorter cannot be told apart, milliseconds.
SHORTEST_MS = 1e-3


def bin_of(duration_ms: float) -> int:
    """The bin that a duration in milliseconds belongs to."""
    return math.ceil(math.log(max(duration_ms, SHORTEST_MS), GROWTH))


def middle_of(number: int) -> float:
    """The duration in milliseconds that is nearest, relatively, to all those of a bin."""
    return 2 * GROWTH**number / (GROWTH + 1)


def percentile(counts: Mapping[int, int], percent: float) -> float:
    """The duration in milliseconds below which `percent` of 100 lie.

    Args:
        counts: durations by bin; not empty.
    """
    rank = percent / 100 * (sum(counts.values()) - 1)
    seen = 0
    for number in sorted(counts):
        seen += counts[number]
        if seen > rank:
            break
    return middle_of(number)
