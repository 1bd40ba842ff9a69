"""Thresholds for noticing that a stream has shifted, from simulated streams of known films."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from api.arrays import BoolArray, Float64Array, IntArray
from api.decision.stream_shift.detect import MMD, SCORE_ORDER, acquisition_statistics
from api.decision.stream_shift.reference import KernelReference
from api.decision.stream_shift.two_sample import ks_to_mixture
from api.evaluation.sites.simulated_streams import KnownImages, ShiftAims, stream_kinds
from api.model_card.sites.shift_rule import ShiftTest

# A window with fewer different films than this share of it says nothing of fresh ones.
MIN_DISTINCT = 0.9
# Real differences that are too small to matter: films of one hospital that are cropped by a tenth
# from one year to the next lie about so far from each other.
MIN_MMD, MIN_KS = 0.2, 0.15


# Statistics by test and window: (streams, looks); NaN where a window repeats its films.
Statistics = dict[tuple[str, int], Float64Array]
# Where windows of each length end in a stream.
Ends = Mapping[int, IntArray]


class StreamTests(Protocol):
    """Some tests, on streams of certain films."""

    def summed(self, rows: IntArray, ends: Ends) -> dict[int, tuple[Float64Array, ...]]:
        """What the windows of a stream, the rows of its films, add up to: a row a window."""

    def statistics(self, sums: Sequence[Float64Array]) -> Mapping[str, Float64Array]:
        """Of any number of windows: (windows,) each."""


class AcquisitionTests:
    """Those of acquisition, for films of (66,) features that are not in the reference."""

    def __init__(self, kernel: KernelReference, images: KnownImages) -> None:
        values = images.values.astype(np.float64)
        self._kernel, self._likeness = kernel, kernel.likeness(values)
        self._cross = kernel.cross(values)
        near = self._cross.max(axis=1)[:, np.newaxis] <= kernel.nearness.grid
        self._near = near.astype(np.float64)

    def summed(self, rows: IntArray, ends: Ends) -> dict[int, tuple[Float64Array, ...]]:
        """Mean likeness inside, to the groups, and shares of nearness."""
        inside = self._likeness[rows[:, np.newaxis], rows]
        squares = np.pad(inside.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        cross, near = _running(self._cross[rows]), _running(self._near[rows])
        return {
            window: (
                (_square_sums(squares, window, places) - window) / (window * (window - 1)),
                _means(cross, window, places),
                _means(near, window, places),
            )
            for window, places in ends.items()
        }

    def statistics(self, sums: Sequence[Float64Array]) -> Mapping[str, Float64Array]:
        """As they are made of stored answers."""
        own, cross, near = sums
        return acquisition_statistics(own, cross, near, self._kernel)


class ScoreTests:
    """Those of scores and distances, for films of (2,) scores that are not in the reference."""

    def __init__(self, kernel: KernelReference, images: KnownImages) -> None:
        self._known = {
            name: kernel.channels[name]
            for column, name in enumerate(SCORE_ORDER)
            if name in kernel.channels and np.isfinite(images.values[:, column]).all()
        }
        self._below = {
            name: (images.values[:, SCORE_ORDER.index(name), np.newaxis] <= each.grid).astype(
                np.float64
            )
            for name, each in self._known.items()
        }

    def summed(self, rows: IntArray, ends: Ends) -> dict[int, tuple[Float64Array, ...]]:
        """Cumulative shares of each figure."""
        running = [_running(below[rows]) for below in self._below.values()]
        return {
            window: tuple(_means(each, window, places) for each in running)
            for window, places in ends.items()
        }

    def statistics(self, sums: Sequence[Float64Array]) -> Mapping[str, Float64Array]:
        """As they are made of stored answers."""
        return {
            name: ks_to_mixture(shares, each.shares)
            for (name, each), shares in zip(self._known.items(), sums, strict=True)
        }


def simulated(
    tests: StreamTests, images: KnownImages, aims: ShiftAims, *, seed: int
) -> list[Statistics]:
    """The statistics of simulated streams, an entry a kind of stream.

    Looks are half as frequent as in life: neighbours hardly differ.
    """
    places = np.arange(aims.longest, 2 * aims.longest + 1, 2 * aims.every)
    ends = dict.fromkeys(aims.windows, places)
    return [_on_streams(tests, rows, ends) for rows in stream_kinds(images, aims, seed=seed)]


def thresholds(kinds: Sequence[Statistics], aims: ShiftAims) -> tuple[ShiftTest, ...]:
    """Thresholds that streams of the worst kind cross no more often than is aimed at.

    Each test of each window has the one that alone gives that rate; then all are raised together
    until any of them is crossed so often (what Bonferroni's correction bounds, counted). A window
    that no kind of streams fills with different films has no test.
    """
    kinds = [_filled(kind) for kind in kinds]
    names = sorted(
        {name for kind in kinds for name, values in kind.items() if np.isfinite(values).any()}
    )
    of_each = {name: [kind[name] for kind in kinds if name in kind] for name in names}
    single = {
        name: max([1e-3, *(_upper(_highest(kind), aims) for kind in of_each[name])])
        for name in names
    }
    joint = max([1.0, *(_upper(_highest_of_all(kind, single), aims) for kind in kinds)])
    return tuple(
        _test(
            name,
            max(single[name] * joint * aims.margin, MIN_MMD if name[0] == MMD else MIN_KS),
            of_each[name],
        )
        for name in names
    )


def found_after(
    tests: StreamTests,
    images: KnownImages,
    limits: Sequence[ShiftTest],
    aims: ShiftAims,
    *,
    streams: int,
    seed: int,
) -> float | None:
    """After how many films half of the streams of an unknown source are called shifted.

    None: not within the longest window, or not within as many films as there are.

    Args:
        tests: with a reference that does not have that source; images: of it.
    """
    rng = np.random.default_rng(seed)
    length = min(aims.longest, len(images))
    ends = {window: np.arange(window, length + 1, aims.every) for window in aims.windows}
    rows = [rng.permutation(len(images))[:length] for _ in range(streams)]
    of = {(limit.test, limit.window): limit.threshold for limit in limits}
    first = np.full(streams, np.inf)
    for (test, window), statistics in _on_streams(tests, rows, ends).items():
        for stream, look in np.argwhere(statistics > of.get((test, window), np.inf)):
            first[stream] = min(first[stream], ends[window][look])
    median = float(np.median(first))
    return median if np.isfinite(median) else None


def _on_streams(tests: StreamTests, streams: Sequence[IntArray], ends: Ends) -> Statistics:
    """Each test on all windows of a length at once; a look alone would cost as much."""
    sums = [tests.summed(rows, ends) for rows in streams]
    found: Statistics = {}
    for window, places in ends.items():
        if not len(places):
            continue
        joined = [np.concatenate(each) for each in zip(*(s[window] for s in sums), strict=True)]
        repeats = np.stack([_repeats(rows, window, places) for rows in streams])
        for test, values in tests.statistics(joined).items():
            shaped = values.reshape(len(streams), len(places))
            found[test, window] = np.where(repeats, np.nan, shaped)
    return found


def _repeats(rows: IntArray, window: int, ends: IntArray) -> BoolArray:
    distinct = np.array([len(np.unique(rows[end - window : end])) for end in ends])
    return distinct < MIN_DISTINCT * window


def _running(values: Float64Array) -> Float64Array:
    return np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(axis=0)])


def _means(running: Float64Array, window: int, ends: IntArray) -> Float64Array:
    """Of windows of a stream's films: (films + 1, figures) -> (windows, figures)."""
    return np.asarray((running[ends] - running[ends - window]) / window)


def _square_sums(running: Float64Array, window: int, ends: IntArray) -> Float64Array:
    """Of the squares along the diagonal: (films + 1, films + 1) -> (windows,)."""
    starts = ends - window
    return np.asarray(
        running[ends, ends]
        - running[starts, ends]
        - running[ends, starts]
        + running[starts, starts]
    )


def _filled(kind: Statistics) -> Statistics:
    """Where a source has too few films to fill a window, what a shorter one gave: what the
    reference lacks of that source stays, chance falls with the root of the window."""
    found: Statistics = {}
    shorter: dict[str, tuple[int, Float64Array]] = {}
    for test, window in sorted(kind):
        values = kind[test, window]
        if test in shorter and not np.isfinite(values).any():
            before, known = shorter[test]
            middle = np.nanmedian(known) if np.isfinite(known).any() else 0.0
            found[test, window] = middle + (known - middle) * np.sqrt(before / window)
            continue
        found[test, window] = values
        shorter[test] = window, values
    return found


def _highest(statistics: Float64Array) -> Float64Array:
    """The highest look of each stream, without those that say nothing: (streams,) or fewer."""
    known = np.asarray(np.isfinite(statistics).any(axis=1))
    return np.asarray(np.nanmax(statistics[known], axis=1)) if known.any() else np.zeros(0)


def _highest_of_all(kind: Statistics, limits: Mapping[tuple[str, int], float]) -> Float64Array:
    excesses = [values / limits[name] for name, values in kind.items() if name in limits]
    return _highest(np.concatenate(excesses, axis=1)) if excesses else np.zeros(0)


def _upper(values: Float64Array, aims: ShiftAims) -> float:
    """What no more than the allowed share of streams is above; 0 where there are none."""
    if not len(values):
        return 0.0
    return float(np.quantile(values, 1 - aims.false_alarm_rate, method="higher"))


def _test(name: tuple[str, int], threshold: float, kinds: Sequence[Float64Array]) -> ShiftTest:
    """With mean and spread of the kind of streams whose looks are highest."""
    known = [values for kind in kinds if len(values := kind[np.isfinite(kind)])]
    worst = max(known, key=lambda values: float(values.mean()), default=np.zeros(1))
    test, window = name
    return ShiftTest(
        test=test,
        window=window,
        threshold=threshold,
        mean=float(worst.mean()),
        spread=max(float(worst.std()), 1e-3),
    )
