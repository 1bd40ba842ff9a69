"""What is counted beside the answers, in the transaction that stores them.

A commit holds the answers and their counts or neither, whichever process is killed when, so that
numbers and windows never need to look at the answers themselves.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Insert,
    Row,
    Table,
    bindparam,
    case,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from api.records.latency_histogram import bin_of
from api.records.tables import (
    latency_counts,
    prediction_counts,
    prediction_totals,
    predictions,
    uncounted_predictions,
)

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
# How long counters of a resolution are kept; windows of up to half an hour are made of the first,
# of up to 30 hours also of minutes, of up to 31 days of the others. Each divides the next one.
KEPT_FOR = {
    10: timedelta(hours=2),
    MINUTE_S: timedelta(days=2),
    HOUR_S: timedelta(days=33),
    DAY_S: timedelta(days=33),
}
RESOLUTIONS_S = tuple(KEPT_FOR)
LONGEST_KEPT = max(KEPT_FOR.values())
# Slices that are forgotten in one transaction.
DROPPED_AT_ONCE = 50
THE_ROW = prediction_totals.c.id == 1


class Counted(NamedTuple):
    """What the counters want to know of an answer."""

    created_at: datetime
    label: str
    total_ms: float


def note_uncounted(connection: Connection) -> None:
    """Take the counters' lock until the transaction ends, and note the answers that they miss.

    Only an earlier version of the program stores answers without counting them.
    """
    row = _totals(connection)
    if row is None:
        connection.execute(
            _insert_into(connection.dialect.name, prediction_totals).on_conflict_do_nothing(),
            _NOTHING,
        )
        row = _totals(connection)
    assert row is not None
    if row.highest > row.known_to:
        _note_range(connection, row.known_to, row.highest)


def is_behind(connection: Connection) -> bool:
    """Whether there are answers that the counters do not know of, or no counters yet."""
    row = _totals(connection)
    return row is None or row.highest > row.known_to


def add(connection: Connection, answers: Iterable[Counted]) -> None:
    """Count answers that this transaction has just stored, after `note_uncounted`."""
    number = tally(connection, answers)
    connection.execute(_GIVE, {"more": number})


def tally(
    connection: Connection, answers: Iterable[Counted], *, moment: datetime | None = None
) -> int:
    """Add answers to the counters by time, at `moment` only those that are still kept.

    Returns: how many answers they were.
    """
    by_label: Counter[tuple[int, int, str]] = Counter()
    by_bin: Counter[tuple[int, int, int]] = Counter()
    number = 0
    for number, (created_at, label, total_ms) in enumerate(answers, start=1):  # noqa: B007
        second, latency_bin = int(created_at.timestamp()), bin_of(total_ms)
        for resolution, kept_for in KEPT_FOR.items():
            if moment is None or created_at >= moment - kept_for:
                start = second - second % resolution
                by_label[resolution, start, label] += 1
                by_bin[resolution, start, latency_bin] += 1
    _upsert(connection, prediction_counts, "label", by_label)
    _upsert(connection, latency_counts, "bin", by_bin)
    return number


def has_old(connection: Connection, moment: datetime) -> bool:
    """Whether there are counters that no window reaches any more."""
    return any(_oldest(connection, *of) is not None for of in _old(moment))


def drop_old(connection: Connection, moment: datetime) -> int:
    """Forget the oldest counters that no window reaches any more; returns how many."""
    dropped = 0
    for table, resolution, limit in _old(moment):
        oldest = _oldest(connection, table, resolution, limit)
        if oldest is not None:
            end = min(limit, oldest + DROPPED_AT_ONCE * resolution)
            dropped += connection.execute(
                delete(table).where(table.c.resolution_s == resolution, table.c.start < end)
            ).rowcount
    return dropped


def removed(connection: Connection, number: int) -> None:
    """Remember that this transaction has removed so many answers."""
    # The highest number is given again where its row is gone.
    known_to = case((prediction_totals.c.known_to > _HIGHEST, _HIGHEST), else_=_KNOWN_TO)
    connection.execute(
        prediction_totals.update()
        .where(THE_ROW)
        .values(removed=prediction_totals.c.removed + number, known_to=known_to)
    )


_NOTHING = {"id": 1, "given": 0, "removed": 0, "known_to": 0}
_KNOWN_TO = prediction_totals.c.known_to
_HIGHEST = select(func.coalesce(func.max(predictions.c.number), 0)).scalar_subquery()
_TOTALS = (
    select(_KNOWN_TO, _HIGHEST.label("highest"))
    .where(THE_ROW)
    .with_for_update(of=prediction_totals)
)
_GIVE = (
    prediction_totals.update()
    .where(THE_ROW)
    .values(given=prediction_totals.c.given + bindparam("more"), known_to=_HIGHEST)
)


def _old(moment: datetime) -> Iterator[tuple[Table, int, int]]:
    """The tables, their resolutions, and the second before which nobody needs them."""
    for table in (prediction_counts, latency_counts):
        for resolution, kept_for in KEPT_FOR.items():
            yield table, resolution, int((moment - kept_for).timestamp())


def _oldest(connection: Connection, table: Table, resolution: int, limit: int) -> int | None:
    query = (
        select(table.c.start)
        .where(table.c.resolution_s == resolution, table.c.start < limit)
        .order_by(table.c.start)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def _totals(connection: Connection) -> Row[Any] | None:
    return connection.execute(_TOTALS).one_or_none()


def _note_range(connection: Connection, known_to: int, highest: int) -> None:
    found = select(func.count()).select_from(predictions)
    # Without a condition any index will do, which is far smaller than the answers.
    query = found.where(predictions.c.number > known_to) if known_to else found
    rows = connection.execute(query).scalar_one()
    connection.execute(uncounted_predictions.insert(), {"low": known_to + 1, "high": highest})
    connection.execute(_GIVE, {"more": rows})


def _upsert(connection: Connection, table: Table, what: str, counts: Counter[Any]) -> None:
    # In one order everywhere: two that write at once must not wait for each other.
    rows = [
        {"resolution_s": resolution, "start": start, what: key, "answers": number}
        for (resolution, start, key), number in sorted(counts.items())
    ]
    if rows:
        connection.execute(_upsert_into(connection.dialect.name, table), rows)


@cache
def _upsert_into(dialect: str, table: Table) -> Insert:
    insert = _insert_into(dialect, table)
    more = table.c.answers + insert.excluded.answers
    return insert.on_conflict_do_update(index_elements=table.primary_key, set_={"answers": more})


def _insert_into(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
