"""What people say about answers: append-only; the newest word about an answer counts."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select

from api.records.answers.predictions import COLUMNS, PredictionRecord, record_of
from api.records.database import reading, writing
from api.records.tables import feedback, predictions

# Answers that are looked at for each that may be found.
SEARCHED = 10


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """Somebody's label on an answer. `sample` is the hash of the sample that came of it."""

    prediction_id: str
    at: datetime
    label: str
    remark: str
    given_by: str | None = None
    sample: str | None = None


def add(engine: Engine, record: FeedbackRecord, *, task: str) -> None:
    """Store one."""
    with writing(engine) as connection:
        connection.execute(feedback.insert(), {"task": task} | asdict(record))


def of(engine: Engine, prediction_id: str, *, task: str) -> list[FeedbackRecord]:
    """What was said about an answer, oldest first."""
    query = (
        select(*(feedback.c[field.name] for field in fields(FeedbackRecord)))
        .where(feedback.c.task == task, feedback.c.prediction_id == prediction_id)
        .order_by(feedback.c.number)
    )
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(query)]


def waiting(engine: Engine, *, task: str, limit: int) -> list[PredictionRecord]:
    """The newest answers that nobody has said anything about, of the newest ten times `limit`."""
    of_task = predictions.c.task == task
    is_answered = select(feedback.c.number).where(
        feedback.c.task == task, feedback.c.prediction_id == predictions.c.id
    )
    # Where most answers have a word, the rest must not be searched for in the whole history.
    oldest = (
        select(predictions.c.number)
        .where(of_task)
        .order_by(predictions.c.number.desc())
        .limit(1)
        .offset(SEARCHED * limit - 1)
        .scalar_subquery()
    )
    query = (
        select(*COLUMNS)
        .where(of_task, predictions.c.number >= func.coalesce(oldest, 0), ~is_answered.exists())
        .order_by(predictions.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [record_of(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> FeedbackRecord:
    return FeedbackRecord(**row._asdict())
