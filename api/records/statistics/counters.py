"""What is counted beside the answers, in the transaction that stores them.

A commit holds the answers and their counts or neither, whichever process is killed when, so that
numbers and windows never need to look at the answers themselves.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Table,
    TextClause,
    bindparam,
    case,
    delete,
    func,
    select,
    text,
)

from api.records.statistics.latency_histogram import bin_of
from api.records.tables import (
    latency_counts,
    prediction_counts,
    prediction_totals,
    predictions,
    uncounted_predictions,
)

MINUTE_S, QUARTER_S, HOUR_S, DAY_S = 60, 900, 3600, 86_400
# How long counters of a resolution are kept: as long as windows whose slices are made of them are,
# up to half an hour, 7.5 hours, 30 hours and 31 days. Each divides the next one.
RETENTION = {
    10: timedelta(hours=2),
    MINUTE_S: timedelta(hours=12),
    QUARTER_S: timedelta(days=2),
    HOUR_S: timedelta(days=33),
    DAY_S: timedelta(days=33),
}
RESOLUTIONS_S = tuple(RETENTION)
LONGEST_RETENTION = max(RETENTION.values())
# Slices that are forgotten in one transaction.
DROPPED_AT_ONCE = 50


class Counted(NamedTuple):
    """What the counters want to know of an answer."""

    created_at: datetime
    label: str
    total_ms: float


def note_uncounted(connection: Connection, *, task: str, but: int = 0) -> None:
    """Take the counters' lock until the transaction ends, and note the answers that they miss.

    Only an earlier version of the program stores answers without counting them.

    Args:
        but: so many of the newest answers are about to be counted.
    """
    row = _totals(connection, task)
    if row is None:
        connection.execute(_CREATE, {"task": task})
        row = _totals(connection, task)
    assert row is not None
    if row.highest - but > row.known_to:
        _note_range(connection, task, row.known_to, row.highest - but, but)


def is_behind(connection: Connection, *, task: str) -> bool:
    """Whether there are answers that the counters do not know of, or no counters yet."""
    row = _totals(connection, task)
    return row is None or row.highest > row.known_to


def tasks_behind(connection: Connection, task: str) -> list[str]:
    """Of this task and those that have counters, the ones that are behind."""
    known = connection.execute(select(prediction_totals.c.task)).scalars().all()
    return [each for each in sorted({task, *known}) if is_behind(connection, task=each)]


def add(connection: Connection, answers: Sequence[Counted], *, task: str) -> None:
    """Count answers that this transaction has just stored."""
    stored = {"of_task": task, "more": len(answers)}
    if not connection.execute(_GIVE_NEXT, stored).rowcount:
        note_uncounted(connection, task=task, but=len(answers))
        connection.execute(_GIVE, stored)
    tally(connection, answers, task=task)


def tally(
    connection: Connection,
    answers: Iterable[Counted],
    *,
    task: str,
    moment: datetime | None = None,
) -> None:
    """Add answers to the counters by time, at `moment` only to those that are still kept."""
    by_label: Counter[tuple[int, int, str]] = Counter()
    by_bin: Counter[tuple[int, int, int]] = Counter()
    for created_at, label, total_ms in answers:
        second, latency_bin = int(created_at.timestamp()), bin_of(total_ms)
        for resolution, retention in RETENTION.items():
            if moment is None or created_at >= moment - retention:
                start = second - second % resolution
                by_label[resolution, start, label] += 1
                by_bin[resolution, start, latency_bin] += 1
    _upsert(connection, prediction_counts, "label", task, by_label)
    _upsert(connection, latency_counts, "bin", task, by_bin)


def has_old(connection: Connection, moment: datetime, *, task: str) -> bool:
    """Whether there are counters that no window reaches any more."""
    return any(_oldest(connection, task, *of) is not None for of in _old(moment))


def drop_old(connection: Connection, moment: datetime, *, task: str) -> int:
    """Forget the oldest counters that no window reaches any more; returns how many."""
    dropped = 0
    for table, resolution, limit in _old(moment):
        oldest = _oldest(connection, task, table, resolution, limit)
        if oldest is not None:
            end = min(limit, oldest + DROPPED_AT_ONCE * resolution)
            dropped += connection.execute(
                delete(table).where(
                    table.c.task == task, table.c.resolution_s == resolution, table.c.start < end
                )
            ).rowcount
    return dropped


def removed(connection: Connection, number: int, *, task: str) -> None:
    """Remember that this transaction has removed so many answers."""
    # The highest number is given again where its row is gone.
    known_to = case((prediction_totals.c.known_to > _HIGHEST, _HIGHEST), else_=_KNOWN_TO)
    connection.execute(
        prediction_totals.update()
        .where(prediction_totals.c.task == task)
        .values(removed=prediction_totals.c.removed + number, known_to=known_to)
    )


_CREATE = text(
    "INSERT INTO prediction_totals (task, given, removed, known_to) VALUES (:task, 0, 0, 0) "
    "ON CONFLICT (task) DO NOTHING"
)
_KNOWN_TO = prediction_totals.c.known_to
_OF_TASK = predictions.c.task == prediction_totals.c.task
_HIGHEST = (
    select(func.coalesce(func.max(predictions.c.number), 0))
    .where(_OF_TASK)
    .correlate(prediction_totals)
    .scalar_subquery()
)
_UNKNOWN = (
    select(func.count())
    .select_from(predictions)
    .where(_OF_TASK, predictions.c.number > _KNOWN_TO)
    .correlate(prediction_totals)
    .scalar_subquery()
)
_TOTALS = (
    select(_KNOWN_TO, _HIGHEST.label("highest"))
    .where(prediction_totals.c.task == bindparam("of_task"))
    .with_for_update(of=prediction_totals)
)
_GIVE = (
    prediction_totals.update()
    .where(prediction_totals.c.task == bindparam("of_task"))
    .values(given=prediction_totals.c.given + bindparam("more"), known_to=_HIGHEST)
)

# Where the answers before these are known: no other statement is needed then. They are counted:
# between the numbers of a task are those of others.
_GIVE_NEXT = _GIVE.where(bindparam("more") == _UNKNOWN)


def _old(moment: datetime) -> Iterator[tuple[Table, int, int]]:
    """The tables, their resolutions, and the second before which nobody needs them."""
    for table in (prediction_counts, latency_counts):
        for resolution, retention in RETENTION.items():
            yield table, resolution, int((moment - retention).timestamp())


def _oldest(
    connection: Connection, task: str, table: Table, resolution: int, limit: int
) -> int | None:
    query = (
        select(table.c.start)
        .where(table.c.task == task, table.c.resolution_s == resolution, table.c.start < limit)
        .order_by(table.c.start)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def _totals(connection: Connection, task: str) -> Row[Any] | None:
    return connection.execute(_TOTALS, {"of_task": task}).one_or_none()


def _note_range(connection: Connection, task: str, known_to: int, highest: int, but: int) -> None:
    query = (
        select(func.count())
        .select_from(predictions)
        .where(predictions.c.task == task, predictions.c.number > known_to)
    )
    if rows := connection.execute(query).scalar_one() - but:
        connection.execute(
            uncounted_predictions.insert(), {"task": task, "low": known_to + 1, "high": highest}
        )
        connection.execute(_GIVE, {"of_task": task, "more": rows})


def _upsert(
    connection: Connection, table: Table, what: str, task: str, counts: Counter[Any]
) -> None:
    # In one order everywhere: two that write at once must not wait for each other.
    rows = [
        {"task": task, "resolution": resolution, "start": start, "key": key, "more": number}
        for (resolution, start, key), number in sorted(counts.items())
    ]
    if rows:
        connection.execute(_upsert_into(table.name, what), rows)


@cache
def _upsert_into(table: str, what: str) -> TextClause:
    """As text: SQLAlchemy takes longer for its own form of it than SQLite for all the rest."""
    return text(
        f"INSERT INTO {table} (task, resolution_s, start, {what}, answers) "
        "VALUES (:task, :resolution, :start, :key, :more) "
        f"ON CONFLICT (task, resolution_s, start, {what}) "
        f"DO UPDATE SET answers = {table}.answers + excluded.answers"
    )
