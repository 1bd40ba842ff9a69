"""What people say about answers: one word after the other; the newest about an answer counts."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, ScalarSelect, func, select

from api.records.answers.prediction_filter import EVERY, PredictionFilter
from api.records.answers.predictions import COLUMNS, PredictionRecord, record_of
from api.records.database import reading, writing
from api.records.tables import feedback, predictions

# Answers that are looked at for each that may be found.
SEARCHED = 10
# Readers of one answer; a third one would be an arbiter, who sees what the others said.
READERS = 2


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """Somebody's label on an answer. `sample` is the hash of the sample that came of it; `blinded`
    says whether the answer was hidden until then (None: from before this was kept)."""

    prediction_id: str
    at: datetime
    label: str
    remark: str
    given_by: str | None = None
    sample: str | None = None
    blinded: bool | None = None


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """The newest word of one reader about one answer, beside what the model said."""

    image_sha256: str
    reader: str
    label: str
    blinded: bool
    answer: str


_COLUMNS = tuple(feedback.c[field.name] for field in fields(FeedbackRecord))


def add(engine: Engine, record: FeedbackRecord, *, task: str) -> None:
    """Store one."""
    with writing(engine) as connection:
        connection.execute(feedback.insert(), {"task": task} | asdict(record))


def of(engine: Engine, prediction_id: str, *, task: str) -> list[FeedbackRecord]:
    """What was said about an answer, oldest first."""
    query = select(*_COLUMNS).where(*_about(prediction_id, task)).order_by(feedback.c.number)
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(query)]


def newest_by(
    engine: Engine, prediction_id: str, *, given_by: str, task: str
) -> FeedbackRecord | None:
    """Somebody's newest word about an answer; None if they said none."""
    mine = (*_about(prediction_id, task), feedback.c.given_by == given_by)
    query = select(*_COLUMNS).where(*mine).order_by(feedback.c.number.desc()).limit(1)
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _record(row)


def take_back(
    engine: Engine, prediction_id: str, *, given_by: str, task: str
) -> FeedbackRecord | None:
    """Remove somebody's newest word about an answer; None if they said none."""
    mine = (*_about(prediction_id, task), feedback.c.given_by == given_by)
    query = select(*_COLUMNS, feedback.c.number).where(*mine)
    with writing(engine) as connection:
        row = connection.execute(query.order_by(feedback.c.number.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        _remove(connection, row.number)
        found = row._asdict()
        del found["number"]
        return FeedbackRecord(**found)


def waiting(
    engine: Engine, *, task: str, limit: int, filters: PredictionFilter = EVERY
) -> list[PredictionRecord]:
    """The newest answers that nobody has said anything about, of the newest ten times `limit`."""
    word = _any_word(feedback.c.task == task, feedback.c.prediction_id == predictions.c.id)
    return _found(engine, word.is_(None), task=task, limit=limit, filters=filters)


def waiting_for_second(
    engine: Engine, *, reader: str, task: str, limit: int, filters: PredictionFilter = EVERY
) -> list[PredictionRecord]:
    """The newest answers about which one other person has said something, and `reader` nothing."""
    about = feedback.c.task == task, feedback.c.prediction_id == predictions.c.id
    mine = _any_word(*about, feedback.c.given_by == reader)
    readers = select(func.count(func.distinct(feedback.c.given_by))).where(*about).scalar_subquery()
    condition = mine.is_(None) & (readers >= 1) & (readers < READERS)
    return _found(engine, condition, task=task, limit=limit, filters=filters)


def readings(engine: Engine, *, task: str, limit: int) -> list[ReadAnswer]:
    """The newest word of each reader about each answer, of the newest `limit` words."""
    query = (
        select(
            feedback.c.prediction_id,
            feedback.c.given_by,
            feedback.c.label,
            feedback.c.blinded,
            predictions.c.image_sha256,
            predictions.c.label.label("answer"),
        )
        .join(predictions, predictions.c.id == feedback.c.prediction_id)
        .where(feedback.c.task == task, feedback.c.given_by.is_not(None))
        .order_by(feedback.c.number.desc())
        .limit(limit)
    )
    found: dict[tuple[str, str], ReadAnswer] = {}
    with reading(engine) as connection:
        for row in connection.execute(query):
            read = ReadAnswer(
                row.image_sha256, row.given_by, row.label, bool(row.blinded), row.answer
            )
            found.setdefault((row.prediction_id, row.given_by), read)
    return list(found.values())


def _found(
    engine: Engine,
    condition: ColumnElement[bool],
    *,
    task: str,
    limit: int,
    filters: PredictionFilter,
) -> list[PredictionRecord]:
    of_task = predictions.c.task == task
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
        .where(of_task, predictions.c.number >= func.coalesce(oldest, 0), condition)
        .where(*filters.conditions())
        .order_by(predictions.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [record_of(row) for row in connection.execute(query)]


def _any_word(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """Null where there is none. Looked up answer by answer: of NOT EXISTS PostgreSQL may make a
    join with all words that were ever said."""
    return select(feedback.c.number).where(*conditions).limit(1).scalar_subquery()


def _about(prediction_id: str, task: str) -> tuple[ColumnElement[bool], ...]:
    return feedback.c.task == task, feedback.c.prediction_id == prediction_id


def _remove(connection: Connection, number: int) -> None:
    connection.execute(feedback.delete().where(feedback.c.number == number))


def _record(row: Row[Any]) -> FeedbackRecord:
    return FeedbackRecord(**row._asdict())
