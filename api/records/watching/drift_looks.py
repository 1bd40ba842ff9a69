"""What the champion's newest answers looked like over time, and the answers that are looked at."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, func, select

from api.records.database import reading, writing
from api.records.tables import predictions
from api.records.watching.watch_tables import drift_looks

# Of a task; the oldest go first. At a look every 50 answers, a year of a small hospital.
MAX_LOOKS = 1000
# A version's answers are searched for among so many of the newest.
SEARCHED = 20_000

_OF_ANSWER = (
    predictions.c.number,
    predictions.c.created_at,
    predictions.c.label,
    predictions.c.decision,
    predictions.c.shift_features,
)


@dataclass(frozen=True, slots=True)
class WatchedAnswer:
    """What of an answer tells drift; `shift_features` is None where nothing was stored."""

    number: int
    created_at: datetime
    label: str
    decision: str
    shift_features: bytes | None


@dataclass(frozen=True, slots=True)
class DriftLook:
    """One look. `windows` is a list, by window: what it is called, how many answers it has and each
    figure with its distance and threshold."""

    at: datetime
    model_version: str
    seen_to: int
    drifted: bool
    windows: list[dict[str, Any]]


def newest_answers(engine: Engine, version: str, *, task: str, limit: int) -> list[WatchedAnswer]:
    """Of a version, the newest last."""
    query = _answers(version, task).order_by(predictions.c.number.desc()).limit(limit)
    with reading(engine) as connection:
        return [WatchedAnswer(*row) for row in reversed(connection.execute(query).all())]


def answers_since(
    engine: Engine, version: str, since: datetime, *, task: str, limit: int
) -> list[WatchedAnswer]:
    """Of a version since a moment, the newest last; at most about `limit`, evenly spread."""
    query = _answers(version, task).where(predictions.c.created_at >= since)
    span = query.with_only_columns(func.min(predictions.c.number), func.max(predictions.c.number))
    with reading(engine) as connection:
        low, high = connection.execute(span).one()
        if low is None:
            return []
        every = max(1, round((high - low + 1) / limit))
        spread = query.where(predictions.c.number % every == high % every)
        rows = connection.execute(spread.order_by(predictions.c.number).limit(2 * limit)).all()
    return [WatchedAnswer(*row) for row in rows]


def answers_before(
    engine: Engine, version: str, number: int, *, task: str, limit: int
) -> list[WatchedAnswer]:
    """Of a version before the answer of this number, the newest last."""
    query = _answers(version, task).where(predictions.c.number < number)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(predictions.c.number.desc()).limit(limit)).all()
    return [WatchedAnswer(*row) for row in reversed(rows)]


def newest_number(engine: Engine, *, task: str) -> int:
    """Of a task's answers; 0 where there are none."""
    query = select(func.coalesce(func.max(predictions.c.number), 0))
    with reading(engine) as connection:
        return int(connection.execute(query.where(predictions.c.task == task)).scalar_one())


def add(engine: Engine, look: DriftLook, *, task: str) -> None:
    """Store one, and forget the oldest beyond the bound. Raises: StoreBusy, StorageFailed."""
    values = {field.name: getattr(look, field.name) for field in fields(look)}
    oldest = (
        select(drift_looks.c.number)
        .where(drift_looks.c.task == task)
        .order_by(drift_looks.c.number.desc())
        .limit(1)
        .offset(MAX_LOOKS - 1)
        .scalar_subquery()
    )
    with writing(engine) as connection:
        connection.execute(drift_looks.insert(), {"task": task} | values)
        connection.execute(
            delete(drift_looks).where(
                drift_looks.c.task == task, drift_looks.c.number < func.coalesce(oldest, 0)
            )
        )


def newest(engine: Engine, *, task: str, limit: int) -> list[DriftLook]:
    """Looks, the newest first."""
    columns = [drift_looks.c[field.name] for field in fields(DriftLook)]
    query = select(*columns).where(drift_looks.c.task == task)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(drift_looks.c.number.desc()).limit(limit))
        return [_look(row) for row in rows]


def drifted_statistics(engine: Engine, *, task: str) -> int | None:
    """How many figures, of all windows, had drifted at the newest look; None before the first.

    Raises: StoreBusy, StorageFailed.
    """
    looks = newest(engine, task=task, limit=1)
    if not looks:
        return None
    statistics = [figure for window in looks[0].windows for figure in window["figures"]]
    return sum(bool(figure["drifted"]) for figure in statistics)


def _answers(version: str, task: str) -> Any:
    highest = (
        select(func.coalesce(func.max(predictions.c.number), 0))
        .where(predictions.c.task == task)
        .scalar_subquery()
    )
    return select(*_OF_ANSWER).where(
        predictions.c.task == task,
        predictions.c.model_version == version,
        predictions.c.number > highest - SEARCHED,
    )


def _look(row: Row[Any]) -> DriftLook:
    return DriftLook(**row._asdict())
