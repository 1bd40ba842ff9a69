"""Stored answers."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select

from api.errors import NotFound
from api.records.tables import predictions, reading, writing

COLUMNS = tuple(column for column in predictions.c if column.name not in {"number", "total_ms"})


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """An answer as it is kept; the film itself is not, only its hash. `timings` in milliseconds."""

    id: str
    created_at: datetime
    filename: str
    image_sha256: str
    model_version: str
    label: str
    confidence: float
    probabilities: dict[str, float]
    score: float
    decision: str
    reasons: tuple[str, ...]
    timings: dict[str, float]


def add(engine: Engine, record: PredictionRecord) -> None:
    """Keep one answer."""
    row = asdict(record) | {
        "reasons": list(record.reasons),
        "total_ms": record.timings["total_ms"],
    }
    with writing(engine) as connection:
        connection.execute(predictions.insert(), row)


def get(engine: Engine, prediction_id: str) -> PredictionRecord:
    """One answer. Raises: NotFound."""
    with reading(engine) as connection:
        row = connection.execute(
            select(*COLUMNS).where(predictions.c.id == prediction_id)
        ).one_or_none()
    if row is None:
        raise NotFound(f"No prediction with id '{prediction_id}'; GET /predictions lists them.")
    return _record(row)


def newest(engine: Engine, *, limit: int, before: str | None) -> list[PredictionRecord]:
    """Answers, newest first, from the one after `before` on. Raises: NotFound."""
    query = select(*COLUMNS).order_by(predictions.c.number.desc()).limit(limit)
    if before is not None:
        get(engine, before)
        number = select(predictions.c.number).where(predictions.c.id == before).scalar_subquery()
        query = query.where(predictions.c.number < number)
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(query)]


def count(engine: Engine) -> int:
    """How many answers were ever given."""
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(predictions)).scalar_one()


def since(engine: Engine, moment: datetime) -> list[tuple[datetime, str, float]]:
    """(when, label, total milliseconds) of every answer after `moment`, oldest first."""
    query = (
        select(predictions.c.created_at, predictions.c.label, predictions.c.total_ms)
        .where(predictions.c.created_at >= moment)
        .order_by(predictions.c.number)
    )
    with reading(engine) as connection:
        return [(row.created_at, row.label, row.total_ms) for row in connection.execute(query)]


def _record(row: Row[Any]) -> PredictionRecord:
    values = row._asdict()
    return PredictionRecord(**values | {"reasons": tuple(values["reasons"])})
