"""What was answered since a moment, from the counters: what a window costs depends on its length,
not on how many answers it or the history holds."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, func, select

from api.records.database import snapshot
from api.records.statistics.counters import HOUR_S, RESOLUTIONS_S
from api.records.statistics.latency_histogram import bin_of
from api.records.tables import latency_counts, prediction_counts, predictions
from api.records.upkeep import backfill

Key = TypeVar("Key", int, str)
# Up to so many durations are read one by one, so that their percentiles are exact.
MAX_ROWS = 1000
SLICE_UNITS_S = tuple(unit for unit in RESOLUTIONS_S if unit <= HOUR_S)


@dataclass(frozen=True, slots=True)
class Window:
    """Answers by (start of their slice, label), and how long they took.

    `durations_ms` are all durations in milliseconds where they are few, else empty; `bins` counts
    them as `latency_histogram` does, `slice_bins` by (start of their slice, bin).
    """

    slices: Counter[tuple[int, str]] = field(default_factory=Counter)
    bins: Counter[int] = field(default_factory=Counter)
    slice_bins: Counter[tuple[int, int]] = field(default_factory=Counter)
    durations_ms: tuple[float, ...] = ()


class TimeSegment(NamedTuple):
    """A stretch of time that is read from counters of one resolution; without an end if None."""

    resolution_s: int
    start: int
    end: int | None


def read(engine: Engine, since: datetime, *, task: str, slice_s: int) -> Window:
    """What was answered since `since`, rounded down to what its slices are made of.

    Args:
        slice_s: length of a slice: a multiple of the longest of 10 s, a minute, a quarter of an
            hour and an hour that is not longer.

    Raises: StoreBusy, StorageFailed.
    """
    finest = finest_of(slice_s)
    start = int(since.timestamp()) // finest * finest
    with snapshot(engine) as connection:
        if backfill.reaches(connection, since, task=task):
            return _recounted(connection, task, start, slice_s)
        usable = [r for r in RESOLUTIONS_S if r >= finest]
        whole = [r for r in usable if slice_s % r == 0]
        parts = segments(start, whole)
        slices = _slices(connection, task, parts, prediction_counts.c.label, slice_s)
        return Window(
            slices,
            _bins(connection, task, segments(start, usable)),
            _slices(connection, task, parts, latency_counts.c.bin, slice_s),
            _durations(connection, task, start, slices.total()),
        )


def finest_of(slice_s: int) -> int:
    """What slices of a length are made of and windows begin with: the unit in seconds."""
    return max((unit for unit in SLICE_UNITS_S if unit <= slice_s), default=SLICE_UNITS_S[0])


def segments(start: int, resolutions_s: list[int]) -> list[TimeSegment]:
    """Cut the time since `start` so that each part is read from the coarsest counters possible.

    Args:
        start: seconds since 1970, a multiple of the first resolution.
        resolutions_s: each divides the next one.
    """
    starts = [start]
    for resolution in resolutions_s[1:]:
        starts.append(-(-starts[-1] // resolution) * resolution)
    ends = [end for _, end in pairwise(starts)]
    parts = zip(resolutions_s, starts, [*ends, None], strict=True)
    return [TimeSegment(*part) for part in parts if part[1] != part[2]]


def _slices(
    connection: Connection, task: str, parts: list[TimeSegment], key: Column[Key], slice_s: int
) -> Counter[tuple[int, Key]]:
    """Answers by (start of their slice, key); `key` is a column of a table of counters."""
    counts: Counter[tuple[int, Key]] = Counter()
    table = key.table
    assert isinstance(table, Table)
    slot = (table.c.start - table.c.start % slice_s).label("slot")
    for part in parts:
        query = select(slot, key, func.sum(table.c.answers))
        query = query.where(*_within(table, task, part))
        for start, value, number in connection.execute(query.group_by(slot, key)):
            counts[start, value] += int(number)
    return counts


def _bins(connection: Connection, task: str, parts: list[TimeSegment]) -> Counter[int]:
    counts: Counter[int] = Counter()
    table = latency_counts
    for part in parts:
        query = select(table.c.bin, func.sum(table.c.answers))
        query = query.where(*_within(table, task, part))
        for number, answers in connection.execute(query.group_by(table.c.bin)):
            counts[number] += int(answers)
    return counts


def _within(table: Table, task: str, part: TimeSegment) -> list[ColumnElement[bool]]:
    of_task = table.c.task == task
    conditions = [of_task, table.c.resolution_s == part.resolution_s, table.c.start >= part.start]
    return conditions if part.end is None else [*conditions, table.c.start < part.end]


def _durations(connection: Connection, task: str, start: int, number: int) -> tuple[float, ...]:
    """All durations, if they are few and none of their answers was removed since."""
    if number > MAX_ROWS:
        return ()
    query = (
        select(predictions.c.total_ms)
        .where(*_since(task, start))
        .order_by(predictions.c.created_at)
        .limit(MAX_ROWS + 1)
    )
    found = tuple(connection.execute(query).scalars())
    return found if len(found) == number else ()


def _since(task: str, start: int) -> tuple[ColumnElement[bool], ...]:
    moment = datetime.fromtimestamp(start, UTC)
    return predictions.c.task == task, predictions.c.created_at >= moment


def _recounted(connection: Connection, task: str, start: int, slice_s: int) -> Window:
    """The same from the answers themselves, one by one, while the counters are being built."""
    window = Window()
    query = (
        select(predictions.c.created_at, predictions.c.label, predictions.c.total_ms)
        .where(*_since(task, start))
        .order_by(predictions.c.created_at)
    )
    streamed = {"stream_results": True, "yield_per": MAX_ROWS}
    rows = connection.execute(query, execution_options=streamed)
    for moment, label, total_ms in rows:
        second = int(moment.timestamp())
        slot, latency_bin = second - second % slice_s, bin_of(total_ms)
        window.slices[slot, label] += 1
        window.bins[latency_bin] += 1
        window.slice_bins[slot, latency_bin] += 1
    return window
