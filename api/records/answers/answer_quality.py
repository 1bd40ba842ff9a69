"""The newest answers of a version with what people said that the films show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select

from api.records.database import reading
from api.records.tables import feedback, predictions
from api.tasks.decisions import Decided

# A version's answers are searched for among so many of the newest.
SEARCHED = 20_000
DECIDED = (Decided.NEGATIVE, Decided.POSITIVE)


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer; `has_finding` is what the newest word about it says, None where there is none."""

    created_at: datetime
    decision: str
    score: float
    prevalence: float | None
    shift_features: bytes | None
    has_finding: bool | None

    @property
    def is_decided(self) -> bool:
        """Whether it says that there is a finding or none."""
        return self.decision in DECIDED


def newest(
    engine: Engine, version: str, *, task: str, negative: str, limit: int
) -> list[JudgedAnswer]:
    """Of a version, the newest last; `negative`: the label that says that there is no finding."""
    newest_word = (
        select(feedback.c.label)
        .where(feedback.c.task == task, feedback.c.prediction_id == predictions.c.id)
        .order_by(feedback.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    highest = select(func.coalesce(func.max(predictions.c.number), 0)).where(
        predictions.c.task == task
    )
    query = (
        select(
            predictions.c.created_at,
            predictions.c.decision,
            predictions.c.score,
            predictions.c.prevalence,
            predictions.c.shift_features,
            newest_word.label("word"),
        )
        .where(predictions.c.task == task, predictions.c.model_version == version)
        .where(predictions.c.number > highest.scalar_subquery() - SEARCHED)
        .order_by(predictions.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [_judged(row, negative) for row in reversed(connection.execute(query).all())]


def _judged(row: Row[Any], negative: str) -> JudgedAnswer:
    return JudgedAnswer(
        row.created_at,
        row.decision,
        row.score,
        row.prevalence,
        row.shift_features,
        None if row.word is None else row.word != negative,
    )
