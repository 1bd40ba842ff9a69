"""How far two versions answer alike."""

from collections import Counter
from collections.abc import Mapping

Pairs = Mapping[tuple[str, str], int]


def agreement(pairs: Pairs) -> float | None:
    """Share of pairs that are equal; None of nothing."""
    n = sum(pairs.values())
    return sum(count for (one, other), count in pairs.items() if one == other) / n if n else None


def kappa(pairs: Pairs) -> float | None:
    """Agreement beyond chance (Cohen 1960), at most 1; None where chance alone gives it.

    Args:
        pairs: how often each pair of answers was given.
    """
    n, found = sum(pairs.values()), agreement(pairs)
    if found is None:
        return None
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, other), count in pairs.items():
        first[one] += count
        second[other] += count
    by_chance = sum(first[name] * second[name] for name in first) / n**2
    return (found - by_chance) / (1 - by_chance) if by_chance < 1 else None
