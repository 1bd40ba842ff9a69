"""Bands of `all_films/source_bands.py`: by all films, by the worst source, weighted."""

import numpy as np
import pytest

from benchmarks.model.all_films.source_bands import WAYS, Scored


def images(**scores: tuple[list[float], list[float]]) -> Scored:
    """By source, scores of films with a finding and of those without."""
    rows = [
        (score, has_finding, source)
        for source, (found, none) in scores.items()
        for has_finding, kind in ((True, found), (False, none))
        for score in kind
    ]
    values, positive, sources = (np.array(column) for column in zip(*rows, strict=True))
    return Scored(values, positive, sources, np.zeros(len(rows), dtype=bool))


# Forty films a kind each; at 10 % every fourth lowest of forty may be missed.
EASY = (np.linspace(0.8, 0.99, 40).tolist(), np.linspace(0.01, 0.2, 40).tolist())
HARD = (np.linspace(0.4, 0.99, 40).tolist(), np.linspace(0.01, 0.6, 40).tolist())


def test_the_worst_source_decides_both_ends() -> None:
    alone, both = WAYS["pool"](images(hard=HARD), 0.1), images(easy=EASY, hard=HARD)

    worst, pool = WAYS["worst"](both, 0.1), WAYS["pool"](both, 0.1)

    assert (worst.low, worst.high) == (alone.low, alone.high)
    assert worst.low < pool.low
    assert worst.high > pool.high


def test_a_source_with_too_few_films_for_the_bound_has_no_say() -> None:
    few = ([0.1, 0.2, 0.3], [0.7, 0.8, 0.9])

    band = WAYS["worst"](images(easy=EASY, few=few), 0.1)

    alone = WAYS["pool"](images(easy=EASY), 0.1)
    assert (band.low, band.high) == (alone.low, alone.high)


def test_weighted_a_small_source_counts_as_much_as_a_large_one() -> None:
    few = ([0.1, 0.9], [0.05, 0.5])

    band = WAYS["weighted"](images(easy=EASY, few=few), 0.2)

    # A quarter of the weight lies at 0.1: more than a fifth.
    assert (band.low, band.high) == (0.1, 0.5)
    assert WAYS["pool"](images(easy=EASY, few=few), 0.2).low == pytest.approx(0.82, abs=0.02)
