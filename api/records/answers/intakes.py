"""Stored intakes: who asked what is not known, only the answers and what came of them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, delete, select, update

from api.errors import NotFound
from api.records.database import reading, writing
from api.records.tables import intakes, predictions

# Of an answer about an image; more than one person would ever fill in.
MAX_LISTED = 20
COLUMNS = tuple(intakes.c)


@dataclass(frozen=True, slots=True)
class IntakeRecord:
    """A conversation as it is stored. `answers` and `outcome` are JSON of `api.intake`'s types."""

    id: str
    task: str
    topic: str
    rules_version: str
    created_at: datetime
    answers: list[dict[str, Any]]
    outcome: dict[str, Any] | None
    prediction_id: str | None


def add(engine: Engine, record: IntakeRecord) -> None:
    """Store a new one. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(intakes.insert(), asdict(record))


def get(engine: Engine, topic: str, intake_id: str) -> IntakeRecord:
    """One of a topic. Raises: NotFound."""
    query = select(*COLUMNS).where(*_is(topic, intake_id))
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return _found(row, topic, intake_id)


def change(
    engine: Engine, topic: str, intake_id: str, changed: Callable[[IntakeRecord], IntakeRecord]
) -> IntakeRecord:
    """Read one, change it and store it in one transaction, so that no answer is lost beside
    another; what `changed` raises leaves it as it was.

    Raises: NotFound, StoreBusy, StorageFailed.
    """
    # Databases with row locks keep others out until the end; SQLite has one writer anyway.
    query = select(*COLUMNS).where(*_is(topic, intake_id)).with_for_update()
    with writing(engine) as connection:
        row = connection.execute(query).one_or_none()
        record = changed(_found(row, topic, intake_id))
        values = {"answers": record.answers, "outcome": record.outcome}
        connection.execute(update(intakes).where(*_is(topic, intake_id)).values(**values))
    return record


def remove(engine: Engine, topic: str, intake_id: str) -> None:
    """Delete one. Raises: NotFound, StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        done = connection.execute(delete(intakes).where(*_is(topic, intake_id)))
        if not done.rowcount:
            raise _unknown(topic, intake_id)


def of_prediction(engine: Engine, prediction_id: str) -> list[IntakeRecord]:
    """Those that stand beside an answer, newest first."""
    query = (
        select(*COLUMNS)
        .where(intakes.c.prediction_id == prediction_id)
        .order_by(intakes.c.created_at.desc(), intakes.c.id)
        .limit(MAX_LISTED)
    )
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(query)]


def task_of_prediction(engine: Engine, prediction_id: str) -> str:
    """Which task an answer is of. Raises: NotFound if there is no such answer of any."""
    query = select(predictions.c.task).where(predictions.c.id == prediction_id)
    with reading(engine) as connection:
        task = connection.execute(query).scalar_one_or_none()
    if task is None:
        raise NotFound(f"No prediction with id '{prediction_id}'; GET /predictions lists them.")
    return str(task)


def prune(engine: Engine, days: float, moment: datetime, *, rows: int) -> int:
    """Delete the oldest that began more than so many days ago, at most `rows`; returns how many.

    Args:
        days: 0 keeps all of them.

    Raises: StoreBusy, StorageFailed.
    """
    if not days:
        return 0
    old = select(intakes.c.id).where(intakes.c.created_at < moment - timedelta(days=days))
    with reading(engine) as connection:
        oldest = old.order_by(intakes.c.created_at).limit(rows)
        found = list(connection.execute(oldest).scalars())
    if found:
        with writing(engine) as connection:
            connection.execute(delete(intakes).where(intakes.c.id.in_(found)))
    return len(found)


def _is(topic: str, intake_id: str) -> tuple[Any, Any]:
    return intakes.c.id == intake_id, intakes.c.topic == topic


def _found(row: Row[Any] | None, topic: str, intake_id: str) -> IntakeRecord:
    if row is None:
        raise _unknown(topic, intake_id)
    return _record(row)


def _record(row: Row[Any]) -> IntakeRecord:
    return IntakeRecord(**{field.name: getattr(row, field.name) for field in fields(IntakeRecord)})


def _unknown(topic: str, intake_id: str) -> NotFound:
    return NotFound(
        f"No intake with id '{intake_id}' in the topic '{topic}'; POST /intake/{topic} begins one."
    )
