"""What people say about answers: append-only; the newest word about an answer counts."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select

from api.records.database import reading, writing
from api.records.predictions import COLUMNS, PredictionRecord, record_of
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
    """The newest answers that nobody has said anything about, of the newest ten times `limit`."""
    said = select(feedback.c.number).where(feedback.c.prediction_id == predictions.c.id)
    highest = select(func.max(predictions.c.number)).scalar_subquery()
    query = (
        select(*COLUMNS)
        # Where most answers have a word, the rest must not be searched for in the whole history.
        .where(predictions.c.number > highest - SEARCHED * limit, ~said.exists())
        .order_by(predictions.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [record_of(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> FeedbackRecord:
    return FeedbackRecord(**row._asdict())
