"""How a retraining's row is changed: only from a state, and by whoever is expected to hold it."""

from typing import Any

from sqlalchemy import ColumnElement, Engine, and_

from api.records.database import writing
from api.records.retrainings import job_events
from api.records.retrainings.job_holder import Holder
from api.records.retrainings.job_states import JobState
from api.records.retrainings.job_tables import jobs


def change(
    engine: Engine,
    job_id: str,
    task: str,
    states: tuple[JobState, ...],
    *conditions: ColumnElement[bool],
    **values: Any,
) -> bool:
    """Change a job that is in one of these states and meets the conditions; False if none does."""
    with writing(engine) as connection:
        result = connection.execute(
            jobs.update()
            .where(jobs.c.id == job_id, jobs.c.task == task, jobs.c.state.in_(states), *conditions)
            .values(**values)
        )
        if result.rowcount == 1 and values.get("finished_at"):
            job_events.add_ended(connection, job_id)
    return result.rowcount == 1


def held_by(holder: Holder) -> ColumnElement[bool]:
    """A job on which that process works, and no other with its number on another machine."""
    return and_(
        jobs.c.host.is_not_distinct_from(holder.host), jobs.c.pid.is_not_distinct_from(holder.pid)
    )
