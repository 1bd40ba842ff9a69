"""How many of some answers were referred, and how many requests failed."""

from datetime import datetime

from sqlalchemy import Engine, case, func, select

from api.records.database import reading
from api.records.tables import failures, predictions
from api.tasks.decisions import Decided

# Errors of the server itself; those of clients say nothing about it.
SERVER_ERRORS = 500
# A flood of answers is counted up to here, the newest first.
MAX_COUNTED = 20_000

Counts = tuple[int, int]


def referred(
    engine: Engine,
    version: str,
    *,
    task: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = MAX_COUNTED,
) -> Counts:
    """Of the newest answers of a version in a span of time: how many are referred, of how many."""
    at = predictions.c.created_at
    newest = (
        select(predictions.c.decision)
        .where(predictions.c.task == task, predictions.c.model_version == version)
        .where(*([at > since] if since else []), *([at <= until] if until else []))
        .order_by(at.desc())
        .limit(limit)
        .subquery()
    )
    hits = func.coalesce(func.sum(case((newest.c.decision == Decided.REFER, 1), else_=0)), 0)
    with reading(engine) as connection:
        row = connection.execute(select(hits, func.count()).select_from(newest)).one()
    return row[0], row[1]


def failed(engine: Engine, *, task: str, since: datetime, until: datetime | None = None) -> Counts:
    """Requests in a span of time that ended in an error of the server, of all that were answered
    or ended so."""
    with reading(engine) as connection:
        errors, answers = (
            connection.execute(
                select(func.count())
                .select_from(table)
                .where(table.c.task == task, at > since, *conditions)
                .where(*([at <= until] if until else []))
            ).scalar_one()
            for table, at, conditions in (
                (failures, failures.c.at, [failures.c.status >= SERVER_ERRORS]),
                (predictions, predictions.c.created_at, []),
            )
        )
    return errors, errors + answers
