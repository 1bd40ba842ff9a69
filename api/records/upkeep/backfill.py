"""Counting what an earlier version of the program stored without counting, a little at a time.

From the newest answers back, so that short windows can be answered first; those that no window
reaches any more are only part of the total.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select

from api.records.database import reading, writing
from api.records.statistics import counters
from api.records.statistics.counters import LONGEST_RETENTION, Counted
from api.records.tables import predictions, uncounted_predictions

ROWS = 500
# Answers are numbered when they are stored, a little after they were given.
OUT_OF_ORDER = timedelta(minutes=10)


def step(engine: Engine, moment: datetime, *, task: str, rows: int = ROWS) -> bool:
    """Count at most `rows` answers, in one transaction; False if none were left.

    Raises: StoreBusy, StorageFailed.
    """
    if not is_due(engine, task=task):
        return False
    with writing(engine) as connection:
        counters.note_uncounted(connection, task=task)
        newest = _newest_range(connection, task)
        if newest is not None:
            _count(connection, newest, moment, rows)
    return True


def is_due(engine: Engine, *, task: str) -> bool:
    """Whether there are answers that are not in the counters."""
    with reading(engine) as connection:
        found = _newest_range(connection, task)
        return found is not None or counters.is_behind(connection, task=task)


def reaches(connection: Connection, since: datetime, *, task: str) -> bool:
    """Whether the counters lack answers that were given since then."""
    query = select(func.max(uncounted_predictions.c.high))
    highest = connection.execute(
        query.where(uncounted_predictions.c.task == task)
    ).scalar_one_or_none()
    if highest is None:
        return False
    newest = connection.execute(
        select(predictions.c.created_at)
        .where(predictions.c.task == task, predictions.c.number <= highest)
        .order_by(predictions.c.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    return newest is not None and newest >= since - OUT_OF_ORDER


def _newest_range(connection: Connection, task: str) -> Row[Any] | None:
    query = select(uncounted_predictions).where(uncounted_predictions.c.task == task)
    newest = query.order_by(uncounted_predictions.c.high.desc()).limit(1)
    return connection.execute(newest).one_or_none()


def _count(connection: Connection, uncounted: Row[Any], moment: datetime, rows: int) -> None:
    found = connection.execute(
        select(
            predictions.c.number,
            predictions.c.created_at,
            predictions.c.label,
            predictions.c.total_ms,
        )
        .where(
            predictions.c.task == uncounted.task,
            predictions.c.number.between(uncounted.low, uncounted.high),
        )
        .order_by(predictions.c.number.desc())
        .limit(rows)
    ).all()
    answers = (Counted(row.created_at, row.label, row.total_ms) for row in found)
    counters.tally(connection, answers, task=uncounted.task, moment=moment)
    the_range = (
        uncounted_predictions.c.task == uncounted.task,
        uncounted_predictions.c.low == uncounted.low,
    )
    if len(found) < rows or _is_out_of_reach(found, moment):
        connection.execute(delete(uncounted_predictions).where(*the_range))
    else:
        left = uncounted_predictions.update().where(*the_range)
        connection.execute(left.values(high=found[-1].number - 1))


def _is_out_of_reach(found: Sequence[Row[Any]], moment: datetime) -> bool:
    return all(row.created_at < moment - LONGEST_RETENTION for row in found)
