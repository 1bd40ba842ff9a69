"""How many retrainings there were, of all tasks at once."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from api.records.database import reading
from api.records.retrainings.job_states import JobState
from api.records.retrainings.job_tables import jobs


def by_state(engine: Engine) -> dict[tuple[str, JobState], int]:
    """Jobs by task and state. Raises: StoreBusy, StorageFailed."""
    query = select(jobs.c.task, jobs.c.state, func.count().label("jobs")).group_by(
        jobs.c.task, jobs.c.state
    )
    with reading(engine) as connection:
        return {
            (row.task, JobState(row.state)): row.jobs for row in connection.execute(query).all()
        }


def last_finished(engine: Engine) -> dict[str, datetime]:
    """When each task's newest job that ended did. Raises: StoreBusy, StorageFailed."""
    query = (
        select(jobs.c.task, func.max(jobs.c.finished_at).label("at"))
        .where(jobs.c.finished_at.is_not(None))
        .group_by(jobs.c.task)
    )
    with reading(engine) as connection:
        return {row.task: row.at for row in connection.execute(query)}
