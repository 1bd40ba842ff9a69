"""Retraining jobs, one row each."""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from api.records.retrainings.job_states import ACTIVE_STATES, JobState
from api.records.tables import UnixTimestamp, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("task", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("phase", String(40), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("eta_seconds", Float),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("started_at", UnixTimestamp),
    Column("heartbeat_at", UnixTimestamp),
    Column("finished_at", UnixTimestamp),
    Column("parent", String(32)),
    Column("version", String(32)),
    Column("samples", JSON, nullable=False),
    Column("history", JSON, nullable=False),
    Column("verdict", JSON),
    Column("reason", Text),
    Column("host", String(200)),
    Column("pid", Integer),
    # How often its trainer was lost and another one started; null: never.
    Column("restarts", Integer),
    # Why it began; null: from before this was kept.
    Column("cause", Text),
    # Why its trainer stands still at the moment; null: it does not. How long it did in all.
    Column("paused", Text),
    Column("paused_seconds", Float),
)


def _at_most_one(name: str, condition: str) -> Index:
    """Of a task: the database itself keeps a second one out, whichever worker is asked."""
    where = text(condition)
    return Index(name, jobs.c.task, unique=True, sqlite_where=where, postgresql_where=where)


_at_most_one("one_active_job", f"state IN {tuple(map(str, ACTIVE_STATES))}")
_at_most_one("one_waiting_job", f"state = '{JobState.WAITING}'")
Index("jobs_by_state", jobs.c.task, jobs.c.state)
Index("newest_jobs", jobs.c.task, jobs.c.created_at)
Index("jobs_by_version", jobs.c.task, jobs.c.version, jobs.c.created_at)
Index("last_finished_jobs", jobs.c.task, jobs.c.finished_at)
