"""What other systems are told of a retraining that ended."""

from typing import Any

from sqlalchemy import Connection, Row, select

from api.records.alerting import events
from api.records.alerting.events import Event, EventType
from api.records.retrainings.job_states import JobState
from api.records.retrainings.job_tables import jobs


def add_ended(connection: Connection, job_id: str) -> None:
    """Tell of a job that this transaction has ended."""
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one()
    ended = Event(f"job-{job_id}-ended", EventType.JOB_ENDED, row.task, row.finished_at, _data(row))
    refused = Event(
        f"job-{job_id}-refused", EventType.REFUSED, row.task, row.finished_at, _data(row)
    )
    events.add(connection, [ended, refused] if row.state == JobState.KEPT else [ended])


def _data(row: Row[Any]) -> dict[str, Any]:
    return {
        "job": row.id,
        "state": row.state,
        "reason": row.reason,
        "version": row.version,
        "parent": row.parent,
        "cause": row.cause,
        "started_at": row.started_at.isoformat() if row.started_at else None,
        "finished_at": row.finished_at.isoformat(),
    }
