"""What people say about answers: append-only; the newest word about an answer counts."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from api.records.database import reading, writing
from api.records.predictions import COLUMNS, PredictionRecord, record_of
from api.records.tables import feedback, predictions


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """Somebody's label on an answer. `sample` is the hash of the sample that came of it."""

    prediction_id: str
    at: datetime
    label: str
    remark: str
    given_by: str | None = None
    sample: str | None = None


def add(engine: Engine, record: FeedbackRecord) -> None:
    """Keep one."""
    with writing(engine) as connection:
        connection.execute(feedback.insert(), asdict(record))


def of(engine: Engine, prediction_id: str) -> list[FeedbackRecord]:
    """What was said about an answer, oldest first."""
    columns = [column for column in feedback.c if column.name != "number"]
    query = (
        select(*columns)
        .where(feedback.c.prediction_id == prediction_id)
        .order_by(feedback.c.number)
    )
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(query)]


def waiting(engine: Engine, *, limit: int) -> list[PredictionRecord]:
    """The newest answers that nobody has said anything about."""
    said = select(feedback.c.prediction_id)
    query = (
        select(*COLUMNS)
        .where(predictions.c.id.not_in(said))
        .order_by(predictions.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [record_of(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> FeedbackRecord:
    return FeedbackRecord(**row._asdict())
