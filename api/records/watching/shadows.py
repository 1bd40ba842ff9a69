"""Challengers that run in shadow, and what they would have answered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, case, delete, func, select, update

from api.clock import now
from api.errors import Conflict
from api.records.database import reading, writing
from api.records.tables import predictions
from api.records.watching.watch_tables import shadow_answers, shadows
from api.tasks.decisions import Decided

# Of a task, all versions together; the oldest go first.
MAX_ANSWERS = 20_000
MAX_PROBLEM = 500


@dataclass(frozen=True, slots=True)
class ShadowRecord:
    """A version in shadow; `stopped_at` is None while it runs."""

    version: str
    started_at: datetime
    started_by: str
    stopped_at: datetime | None = None
    dropped: int = 0
    failed: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ShadowAnswer:
    """What a challenger would have answered; `inference_ms` of its network alone."""

    prediction_id: str
    label: str
    decision: str
    score: float
    inference_ms: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One film, as it was answered and as the challenger would have answered it."""

    prediction_id: str
    created_at: datetime
    filename: str
    answered_by: str
    answer: ShadowAnswer
    shadow: ShadowAnswer


@dataclass(frozen=True, slots=True)
class ShadowComparison:
    """All films that a challenger was asked about, whose answers are still stored.

    Attributes:
        decisions: how often each pair of decisions was given, the answer's first.
        same_label: films whose most probable class is the same.
        answered_by: versions whose answers these are.
        total_ms: mean of reading and computing an answer.
        inference_ms: mean of the challenger's network alone.
    """

    decisions: Counter[tuple[str, str]]
    same_label: int
    answered_by: tuple[str, ...]
    total_ms: float | None
    inference_ms: float | None


def start(engine: Engine, version: str, *, by: str, task: str) -> None:
    """Let a version run in shadow; what it answered before stays.

    Raises: Conflict if another one runs, StoreBusy, StorageFailed.
    """
    values: dict[str, Any] = {"started_at": now(), "started_by": by, "stopped_at": None}
    with writing(engine) as connection:
        running = connection.execute(_running(task)).first()
        if running:
            raise Conflict(
                f"Version '{running.version}' runs in shadow, and one at a time does; end it with "
                f"DELETE /models/{running.version}/shadow first."
            )
        found = connection.execute(
            update(shadows).where(*_row(version, task)).values(**values, problem=None)
        )
        if not found.rowcount:
            first = {"task": task, "version": version, "dropped": 0, "failed": 0}
            connection.execute(shadows.insert(), values | first)


def stop(engine: Engine, version: str, *, task: str) -> bool:
    """End it; False if it did not run. Raises: StoreBusy, StorageFailed."""
    running = (*_row(version, task), shadows.c.stopped_at.is_(None))
    with writing(engine) as connection:
        ended = connection.execute(update(shadows).where(*running).values(stopped_at=now()))
    return bool(ended.rowcount)


def active(engine: Engine, *, task: str) -> ShadowRecord | None:
    """The version that runs in shadow; None: none does."""
    with reading(engine) as connection:
        row = connection.execute(_running(task)).first()
    return _record(row) if row else None


def get(engine: Engine, version: str, *, task: str) -> ShadowRecord | None:
    """What is known of a version in shadow; None: it never was."""
    with reading(engine) as connection:
        row = connection.execute(_records().where(*_row(version, task))).one_or_none()
    return _record(row) if row else None


def set_problem(engine: Engine, version: str, problem: str | None, *, task: str) -> None:
    """Why it cannot be asked, in a sentence; None: it can. Raises: StoreBusy, StorageFailed."""
    shown = problem[:MAX_PROBLEM] if problem else None
    with writing(engine) as connection:
        connection.execute(update(shadows).where(*_row(version, task)).values(problem=shown))


def add(
    engine: Engine,
    version: str,
    answers: Sequence[ShadowAnswer],
    *,
    dropped: int,
    failed: int,
    task: str,
) -> None:
    """Store what came of some films, and forget the oldest beyond the bound.

    Raises: StoreBusy, StorageFailed.
    """
    counted = {"dropped": shadows.c.dropped + dropped, "failed": shadows.c.failed + failed}
    rows = [{"task": task, "version": version} | asdict(answer) for answer in answers]
    with writing(engine) as connection:
        connection.execute(update(shadows).where(*_row(version, task)).values(**counted))
        if rows:
            connection.execute(shadow_answers.insert(), rows)
            connection.execute(_prune(task))


def comparison(engine: Engine, version: str, *, task: str) -> ShadowComparison:
    """What the challenger would have answered beside what was answered."""
    joined = _joined(version, task)
    decisions = (predictions.c.decision, shadow_answers.c.decision.label("shadow"))
    same = case((predictions.c.label == shadow_answers.c.label, 1), else_=0)
    pairs = joined.with_only_columns(*decisions, func.count(), func.sum(same)).group_by(*decisions)
    means = joined.with_only_columns(
        func.avg(predictions.c.total_ms), func.avg(shadow_answers.c.inference_ms)
    )
    versions = joined.with_only_columns(predictions.c.model_version).distinct()
    with reading(engine) as connection:
        rows = connection.execute(pairs).all()
        total_ms, inference_ms = connection.execute(means).one()
        answered_by = connection.execute(versions).scalars().all()
    return ShadowComparison(
        Counter({(row[0], row[1]): row[2] for row in rows}),
        sum(row[3] for row in rows),
        tuple(sorted(answered_by)),
        total_ms,
        inference_ms,
    )


def disagreements(engine: Engine, version: str, *, task: str, limit: int) -> list[Compared]:
    """Films with another decision, the worst first: a finding against none before a referral, then
    those whose scores are furthest apart."""
    refers = (predictions.c.decision == Decided.REFER) | (
        shadow_answers.c.decision == Decided.REFER
    )
    order = (
        case((refers, 1), else_=0),
        func.abs(predictions.c.score - shadow_answers.c.score).desc(),
        shadow_answers.c.number.desc(),
    )
    differ = predictions.c.decision != shadow_answers.c.decision
    query = _joined(version, task).where(differ).order_by(*order).limit(limit)
    with reading(engine) as connection:
        return [_compared(row) for row in connection.execute(query)]


def _joined(version: str, task: str) -> Any:
    """Answers that are still stored, each with the newest of the challenger's."""
    return (
        select(
            predictions.c.id,
            predictions.c.created_at,
            predictions.c.filename,
            predictions.c.model_version,
            predictions.c.label,
            predictions.c.decision,
            predictions.c.score,
            predictions.c.total_ms,
            shadow_answers.c.label.label("shadow_label"),
            shadow_answers.c.decision.label("shadow_decision"),
            shadow_answers.c.score.label("shadow_score"),
            shadow_answers.c.inference_ms,
        )
        .select_from(shadow_answers)
        .join(predictions, predictions.c.id == shadow_answers.c.prediction_id)
        .where(shadow_answers.c.task == task, shadow_answers.c.version == version)
    )


def _compared(row: Row[Any]) -> Compared:
    return Compared(
        row.id,
        row.created_at,
        row.filename,
        row.model_version,
        ShadowAnswer(row.id, row.label, row.decision, row.score, row.total_ms),
        ShadowAnswer(
            row.id, row.shadow_label, row.shadow_decision, row.shadow_score, row.inference_ms
        ),
    )


def _prune(task: str) -> Any:
    oldest = (
        select(shadow_answers.c.number)
        .where(shadow_answers.c.task == task)
        .order_by(shadow_answers.c.number.desc())
        .limit(1)
        .offset(MAX_ANSWERS - 1)
        .scalar_subquery()
    )
    too_old = shadow_answers.c.number < func.coalesce(oldest, 0)
    return delete(shadow_answers).where(shadow_answers.c.task == task, too_old)


def _row(version: str, task: str) -> tuple[ColumnElement[bool], ...]:
    return shadows.c.task == task, shadows.c.version == version


def _running(task: str) -> Any:
    return _records().where(shadows.c.task == task, shadows.c.stopped_at.is_(None))


def _records() -> Any:
    return select(*(shadows.c[field.name] for field in fields(ShadowRecord)))


def _record(row: Row[Any]) -> ShadowRecord:
    return ShadowRecord(**row._asdict())
