"""How far two versions, or two readers, answer alike."""

import math
from collections import Counter
from collections.abc import Mapping

from api.decision.shares import Z_95, Proportion
from api.model_card.base import Interval

Pairs = Mapping[tuple[str, str], int]


def agreement(pairs: Pairs) -> float | None:
    """Share of pairs that are equal; None of nothing."""
    n = sum(pairs.values())
    return _equal(pairs) / n if n else None


def kappa(pairs: Pairs) -> float | None:
    """Agreement beyond chance (Cohen 1960), at most 1; None where chance alone gives it.

    Args:
        pairs: how often each pair of answers was given.
    """
    found = agreement(pairs)
    if found is None:
        return None
    by_chance = _by_chance(pairs)
    return (found - by_chance) / (1 - by_chance) if by_chance < 1 else None


def kappa_interval(pairs: Pairs) -> Interval | None:
    """Of 95 %, of `kappa` (Fleiss, Cohen & Everitt 1969, within [-1, 1]); None where it is None.

    Where all agree, or none, that formula has no variance to estimate; the interval is then the one
    of the agreement (Wilson 1927), with chance as it was.
    """
    value, found, n = kappa(pairs), agreement(pairs), sum(pairs.values())
    if value is None or found is None:
        return None
    if _equal(pairs) in (0, n):
        share, by_chance = Proportion(_equal(pairs), n).interval, _by_chance(pairs)
        assert share is not None
        low, high = ((end - by_chance) / (1 - by_chance) for end in share)
    else:
        half = Z_95 * math.sqrt(_variance(pairs, found, n))
        low, high = value - half, value + half
    return max(-1.0, low), min(1.0, high)


def _variance(pairs: Pairs, found: float, n: int) -> float:
    """Of kappa for large samples (Fleiss, Cohen & Everitt 1969, formula 13)."""
    first, second = _margins(pairs)
    by_chance = _by_chance(pairs)
    total = 0.0
    for (one, other), count in pairs.items():
        share = count / n
        if one == other:
            margins = (first[one] + second[one]) / n
            total += share * ((1 - by_chance) - margins * (1 - found)) ** 2
        else:
            margins = (second[one] + first[other]) / n
            total += share * (1 - found) ** 2 * margins**2
    total -= (found * by_chance - 2 * by_chance + found) ** 2
    return max(total, 0.0) / (n * (1 - by_chance) ** 4)


def _equal(pairs: Pairs) -> int:
    return sum(count for (one, other), count in pairs.items() if one == other)


def _margins(pairs: Pairs) -> tuple[Counter[str], Counter[str]]:
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, other), count in pairs.items():
        first[one] += count
        second[other] += count
    return first, second


def _by_chance(pairs: Pairs) -> float:
    first, second = _margins(pairs)
    return float(sum(first[name] * second[name] for name in first) / sum(pairs.values()) ** 2)
