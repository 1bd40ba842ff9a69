"""Shares of counted things: how sure they are, and whether one is higher than another."""

import math
from dataclasses import dataclass

from api.model_card.base import Interval

# Of the standard normal distribution, for intervals of 95 %.
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` of `n`."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """In [0, 1]; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> Interval | None:
        """Of 95 % (Wilson 1927); None of nothing."""
        if not self.n:
            return None
        spread = Z_95**2 / self.n
        centre = (self.value + spread / 2) / (1 + spread)
        half = math.sqrt(self.value * (1 - self.value) * spread + spread**2 / 4) / (1 + spread)
        return max(0.0, centre - half), min(1.0, centre + half)


def p_of_rise(before: Proportion, after: Proportion) -> float:
    """How likely a rise of this size or more is by chance: Fisher's exact test, one-sided.

    Exact also far out, where alarms are set and a normal approximation is ten times too sure. 1
    where nothing rose or nothing was counted.
    """
    if not before.n or not after.n or after.value <= before.value:
        return 1.0
    hits, n = before.hits + after.hits, before.n + after.n
    total = _log_choose(n, hits)
    p = 0.0
    for more in range(after.hits, min(hits, after.n) + 1):
        drawn = _log_choose(after.n, more) + _log_choose(before.n, hits - more)
        term = math.exp(drawn - total)
        p += term
        # Terms only get smaller from here.
        if term < p * 1e-12:
            break
    return min(p, 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
