"""Stored answers."""

import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine, Row, func, select

from api.errors import NotFound
from api.records.database import reading, writing
from api.records.tables import now, predictions

Activation = npt.NDArray[np.float32] | None

HIDDEN = frozenset({"number", "total_ms", "activation"})
COLUMNS = tuple(column for column in predictions.c if column.name not in HIDDEN)


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """An answer as it is kept; the film itself is not, only its hash. `timings` in milliseconds.

    What an answer of an earlier version of the program did not have is None.
    """

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
    causes: tuple[str, ...] = ()
    operating_point: str | None = None
    threshold: float | None = None
    prevalence: float | None = None
    ppv: float | None = None
    npv: float | None = None
    unlikeness: float | None = None


def add_all(engine: Engine, answers: Sequence[tuple[PredictionRecord, Activation]]) -> None:
    """Keep answers in one transaction: all of them, or none.

    An activation is what the answer's heat map is drawn from, (rows, columns, classes).
    """
    rows = [_row(record, activation) for record, activation in answers]
    with writing(engine) as connection:
        connection.execute(predictions.insert(), rows)


def rehearse(engine: Engine) -> None:
    """Try whether answers are taken; nothing is kept. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection, connection.begin_nested() as trial:
        connection.execute(predictions.insert(), _row(_trial(), None))
        trial.rollback()


def get(engine: Engine, prediction_id: str) -> PredictionRecord:
    """One answer. Raises: NotFound."""
    with reading(engine) as connection:
        row = connection.execute(
            select(*COLUMNS).where(predictions.c.id == prediction_id)
        ).one_or_none()
    if row is None:
        raise _unknown(prediction_id)
    return record_of(row)


def activation_of(engine: Engine, prediction_id: str) -> npt.NDArray[np.float32] | None:
    """What the heat map of an answer is drawn from; None if it was not kept. Raises: NotFound."""
    with reading(engine) as connection:
        row = connection.execute(
            select(predictions.c.activation).where(predictions.c.id == prediction_id)
        ).one_or_none()
    if row is None:
        raise _unknown(prediction_id)
    return None if row.activation is None else unpacked(row.activation)


def packed(activation: npt.NDArray[np.float32]) -> bytes:
    """As a NumPy file of half precision: about half a kilobyte for 7 x 7 places, 4 classes."""
    buffer = io.BytesIO()
    np.save(buffer, activation.astype(np.float16), allow_pickle=False)
    return buffer.getvalue()


def unpacked(content: bytes) -> npt.NDArray[np.float32]:
    """What `packed` made."""
    stored: npt.NDArray[np.float16] = np.load(io.BytesIO(content), allow_pickle=False)
    return stored.astype(np.float32)


def newest(engine: Engine, *, limit: int, before: str | None) -> list[PredictionRecord]:
    """Answers, newest first, from the one after `before` on. Raises: NotFound."""
    query = select(*COLUMNS).order_by(predictions.c.number.desc()).limit(limit)
    if before is not None:
        get(engine, before)
        number = select(predictions.c.number).where(predictions.c.id == before).scalar_subquery()
        query = query.where(predictions.c.number < number)
    with reading(engine) as connection:
        return [record_of(row) for row in connection.execute(query)]


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


def _row(record: PredictionRecord, activation: Activation) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)} | {
        "total_ms": record.timings["total_ms"],
        "activation": None if activation is None else packed(activation),
    }


def _trial() -> PredictionRecord:
    return PredictionRecord(
        id=uuid.uuid4().hex,
        created_at=now(),
        filename="",
        image_sha256="",
        model_version="",
        label="",
        confidence=0.0,
        probabilities={},
        score=0.0,
        decision="",
        reasons=(),
        timings={"total_ms": 0.0},
    )


def _unknown(prediction_id: str) -> NotFound:
    return NotFound(f"No prediction with id '{prediction_id}'; GET /predictions lists them.")


def record_of(row: Row[Any]) -> PredictionRecord:
    """A row of COLUMNS as a record."""
    values = row._asdict()
    tuples = {"reasons": tuple(values["reasons"]), "causes": tuple(values["causes"] or ())}
    return PredictionRecord(**values | tuples)
