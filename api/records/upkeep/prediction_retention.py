"""Removing answers, and the data of their heat maps, that are older than somebody wants to keep.

In small steps: each is one transaction of a bounded number of rows, so that answers that are being
given hardly wait for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    delete,
    literal,
    select,
    tuple_,
    update,
)

from api.records.answers.shown_tables import shown_answers
from api.records.database import reading, writing
from api.records.statistics import counters
from api.records.tables import feedback, heatmaps, prediction_totals, predictions
from api.records.upkeep import backfill
from api.records.watching.watch_tables import shadow_answers

ROWS = 100


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days answers and the data of their heat maps are kept; 0: for ever."""

    predictions_days: float = 0.0
    heatmaps_days: float = 0.0


def prune_predictions(
    engine: Engine, retention: Retention, moment: datetime, *, task: str, rows: int = ROWS
) -> int:
    """Remove the oldest answers that are too old, at most `rows`; returns how many.

    What people said about an answer and its heat map go with it; samples that came of it stay, and
    so does its part in the total. Answers that are not yet counted wait until they are.

    Raises: StoreBusy, StorageFailed.
    """
    limit = _limit(retention.predictions_days, moment)
    if limit is None or not _is_any(engine, task, limit) or backfill.is_due(engine, task=task):
        return 0
    with writing(engine) as connection:
        counters.note_uncounted(connection, task=task)
        found = connection.execute(_older_than(task, limit).limit(rows)).all()
        remove(connection, found, task=task)
    return len(found)


def prune_heatmaps(
    engine: Engine, retention: Retention, moment: datetime, *, task: str, rows: int = ROWS
) -> int:
    """Remove the heat-map data of the oldest answers that are too old, at most `rows` of them.

    Returns: of how many answers; those that had none are among them.

    Raises: StoreBusy, StorageFailed.
    """
    limit = _limit(retention.heatmaps_days, moment)
    if limit is None or not _with_heatmaps(engine, task, limit):
        return 0
    with writing(engine) as connection:
        counters.note_uncounted(connection, task=task)
        query = _older_than(task, limit).where(*_not_pruned(connection, task)).limit(rows)
        found = connection.execute(query).all()
        _forget_heatmaps(connection, task, found)
    return len(found)


def _limit(days: float, moment: datetime) -> datetime | None:
    return moment - timedelta(days=days) if days else None


def _older_than(task: str, limit: datetime) -> Any:
    return (
        select(predictions.c.number, predictions.c.id, predictions.c.created_at)
        .where(predictions.c.task == task, predictions.c.created_at < limit)
        .order_by(predictions.c.created_at, predictions.c.number)
    )


def _is_any(engine: Engine, task: str, limit: datetime) -> bool:
    with reading(engine) as connection:
        return connection.execute(_older_than(task, limit).limit(1)).one_or_none() is not None


def _with_heatmaps(engine: Engine, task: str, limit: datetime) -> bool:
    with reading(engine) as connection:
        query = _older_than(task, limit).where(*_not_pruned(connection, task)).limit(1)
        return connection.execute(query).one_or_none() is not None


def _not_pruned(connection: Connection, task: str) -> list[ColumnElement[bool]]:
    pruned = connection.execute(
        select(
            prediction_totals.c.heatmaps_pruned_until, prediction_totals.c.heatmaps_pruned_number
        ).where(prediction_totals.c.task == task)
    ).one_or_none()
    if pruned is None or pruned.heatmaps_pruned_until is None:
        return []
    place = tuple_(
        literal(pruned.heatmaps_pruned_until, predictions.c.created_at.type),
        literal(pruned.heatmaps_pruned_number),
    )
    return [tuple_(predictions.c.created_at, predictions.c.number) > place]


def remove(connection: Connection, found: Sequence[Row[Any]], *, task: str) -> None:
    """Delete answers (rows of `number` and `id`), their heat maps, what was said about them and,
    with the last one about a film, whom they were shown to; the totals remember that they were
    given."""
    numbers, ids = [row.number for row in found], [row.id for row in found]
    words = (feedback.c.task == task, feedback.c.prediction_id.in_(ids))
    connection.execute(delete(feedback).where(*words))
    _forget_readers(connection, numbers, task=task)
    connection.execute(delete(shadow_answers).where(shadow_answers.c.prediction_id.in_(ids)))
    connection.execute(delete(heatmaps).where(heatmaps.c.number.in_(numbers)))
    connection.execute(delete(predictions).where(predictions.c.number.in_(numbers)))
    counters.removed(connection, len(found), task=task)


def _forget_readers(connection: Connection, numbers: Sequence[int], *, task: str) -> None:
    """Of films about which no other answer is there."""
    of_these = predictions.c.number.in_(numbers)
    seen = select(shown_answers.c.image_sha256).where(
        shown_answers.c.task == task,
        shown_answers.c.image_sha256.in_(select(predictions.c.image_sha256).where(of_these)),
    )
    images = set(connection.execute(seen).scalars())
    if not images:
        return
    others = select(predictions.c.image_sha256).where(
        predictions.c.task == task, predictions.c.image_sha256.in_(images), ~of_these
    )
    alone = images - set(connection.execute(others).scalars())
    connection.execute(
        delete(shown_answers).where(
            shown_answers.c.task == task, shown_answers.c.image_sha256.in_(alone)
        )
    )


def _forget_heatmaps(connection: Connection, task: str, found: Sequence[Row[Any]]) -> None:
    if not found:
        return
    numbers = [row.number for row in found]
    connection.execute(delete(heatmaps).where(heatmaps.c.number.in_(numbers)))
    # Where an earlier version of the program kept it.
    there = predictions.c.activation.is_not(None)
    old = update(predictions).where(predictions.c.number.in_(numbers), there)
    connection.execute(old.values(activation=None))
    connection.execute(
        update(prediction_totals)
        .where(prediction_totals.c.task == task)
        .values(heatmaps_pruned_until=found[-1].created_at, heatmaps_pruned_number=found[-1].number)
    )
