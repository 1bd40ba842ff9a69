"""Figures that alerts look at, at any moment; what each costs does not grow with the records."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from api.records.database import reading
from api.records.retrainings.job_states import FAILED_STATES
from api.records.retrainings.job_tables import jobs
from api.records.statistics.counters import HOUR_S, MINUTE_S
from api.records.statistics.latency_histogram import percentile
from api.records.tables import (
    failures,
    latency_counts,
    prediction_counts,
    predictions,
    streams,
    workers,
)

# Jobs that are looked at until one that ended well.
MAX_JOBS = 50


def server_errors(engine: Engine, since: datetime) -> int:
    """Requests of all tasks that were answered with a status of 500 or more."""
    query = select(func.count()).where(failures.c.at >= since, failures.c.status >= 500)
    with reading(engine) as connection:
        return int(connection.execute(query).scalar_one())


def answers(engine: Engine, since: datetime, *, until: datetime) -> int:
    """Predictions of all tasks, by minutes."""
    after = until + timedelta(seconds=MINUTE_S)
    return _answers_by_label(engine, since, after, None, resolution_s=MINUTE_S).total()


def answers_by_label(
    engine: Engine, since: datetime, *, until: datetime, task: str
) -> Counter[str]:
    """Predictions of a task by class, by hours."""
    return _answers_by_label(engine, since, until, task, resolution_s=HOUR_S)


def p99_ms(engine: Engine, since: datetime, *, until: datetime, fewest: int) -> float | None:
    """Milliseconds within which 99 of 100 predictions of all tasks were answered, at most 2 %
    away; None where they are too few."""
    table = latency_counts
    query = (
        select(table.c.bin, func.sum(table.c.answers))
        .where(
            table.c.resolution_s == MINUTE_S,
            table.c.start >= _slice(since, MINUTE_S),
            table.c.start <= _slice(until, MINUTE_S),
        )
        .group_by(table.c.bin)
    )
    with reading(engine) as connection:
        counts = {number: int(count) for number, count in connection.execute(query)}
    return percentile(counts, 99) if sum(counts.values()) >= fewest else None


def newest_decisions(engine: Engine, since: datetime, *, task: str, limit: int) -> Counter[str]:
    """Decisions of the newest predictions, at most so many."""
    query = (
        select(predictions.c.decision, predictions.c.created_at)
        .where(predictions.c.task == task)
        .order_by(predictions.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return Counter(row.decision for row in rows if row.created_at >= since)


def newest_prediction_at(engine: Engine, *, task: str) -> datetime | None:
    """When a task last answered; None: never."""
    query = (
        select(predictions.c.created_at)
        .where(predictions.c.task == task)
        .order_by(predictions.c.number.desc())
        .limit(1)
    )
    with reading(engine) as connection:
        found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def shifted_sources(engine: Engine, *, task: str) -> int:
    """Sources whose newest answers are unlike those of known hospitals."""
    query = select(func.count()).where(streams.c.task == task, streams.c.shifted.is_(True))
    with reading(engine) as connection:
        return int(connection.execute(query).scalar_one())


def failed_in_a_row(engine: Engine, since: datetime, *, task: str) -> int:
    """Retrainings that came to nothing, after the last one that did not."""
    query = (
        select(jobs.c.state)
        .where(jobs.c.task == task, jobs.c.finished_at >= since)
        .order_by(jobs.c.finished_at.desc())
        .limit(MAX_JOBS)
    )
    failed = 0
    with reading(engine) as connection:
        for state in connection.execute(query).scalars():
            if state not in FAILED_STATES:
                break
            failed += 1
    return failed


def oldest_heartbeat(engine: Engine, since: datetime) -> datetime | None:
    """Of the workers that did not sign off and were heard of since; None: there are none."""
    query = select(func.min(workers.c.heartbeat_at)).where(workers.c.heartbeat_at >= since)
    with reading(engine) as connection:
        found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def decoder_failures(engine: Engine, since: datetime) -> dict[str, int]:
    """For each worker heard of since: films that crashed or stopped its compute processes."""
    crashed = func.coalesce(workers.c.decoder_crashes, 0)
    stopped = func.coalesce(workers.c.decoder_timeouts, 0)
    query = select(workers.c.id, crashed + stopped).where(workers.c.heartbeat_at >= since)
    with reading(engine) as connection:
        return {worker: int(number) for worker, number in connection.execute(query)}


def _answers_by_label(
    engine: Engine, since: datetime, until: datetime, task: str | None, *, resolution_s: int
) -> Counter[str]:
    """In whole slices from the one that holds `since`; the one that holds `until` is left out."""
    table = prediction_counts
    query = (
        select(table.c.label, func.sum(table.c.answers))
        .where(
            table.c.resolution_s == resolution_s,
            table.c.start >= _slice(since, resolution_s),
            table.c.start < _slice(until, resolution_s),
        )
        .group_by(table.c.label)
    )
    if task is not None:
        query = query.where(table.c.task == task)
    with reading(engine) as connection:
        return Counter({label: int(count) for label, count in connection.execute(query)})


def _slice(moment: datetime, resolution_s: int) -> int:
    return int(moment.timestamp()) // resolution_s * resolution_s
