"""Retraining jobs: one row each, changed only from the state it is expected to be in."""

import contextlib
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    FromClause,
    Row,
    Select,
    case,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError

from api.clock import now
from api.errors import JobAlreadyRunning, NotFound
from api.model_card.promotion_policy import Verdict
from api.records.database import reading, writing
from api.records.retrainings.job_changes import change, held_by
from api.records.retrainings.job_holder import HOST, NOBODY, Holder, this_process
from api.records.retrainings.job_record import JobRecord, job_record
from api.records.retrainings.job_states import ACTIVE_STATES, JobOutcome, JobPhase, JobState
from api.records.retrainings.job_tables import jobs

# A trainer writes a heart-beat every second. One of another task that was silent for so long is in
# nobody's way: perhaps no server looks after that task any more.
SILENT_FOR = timedelta(seconds=60)


def create(
    engine: Engine,
    *,
    job_id: str,
    task: str,
    samples: dict[str, int],
    cause: str | None = None,
    may_wait: bool = False,
) -> JobState:
    """Queue a job, or let it wait for the active one; returns the state that it is in.

    On one machine one retraining runs at a time, of whatever task.

    Raises: JobAlreadyRunning if one is active and it may not wait, or another one waits.
    """
    row = {
        "id": job_id,
        "task": task,
        "epoch": 0,
        "epochs": 0,
        "progress": 0.0,
        "created_at": now(),
        "samples": samples,
        "history": [],
        "cause": cause,
    }
    states = (JobState.QUEUED, JobState.WAITING) if may_wait else (JobState.QUEUED,)
    for state in states:
        with contextlib.suppress(IntegrityError), writing(engine) as connection:
            if state == JobState.WAITING or _of_another_task(connection, task) is None:
                connection.execute(jobs.insert(), row | {"state": state, "phase": JobPhase(state)})
                return state
    in_the_way = active(engine, task=task) or active_elsewhere(engine, task=task)
    raise _already(in_the_way, waiting(engine, task=task) if may_wait else None, task)


def get(engine: Engine, job_id: str, *, task: str) -> JobRecord:
    """One job. Raises: NotFound."""
    with reading(engine) as connection:
        row = connection.execute(
            select(jobs).where(jobs.c.id == job_id, jobs.c.task == task)
        ).one_or_none()
    if row is None:
        raise NotFound(f"No retraining with id '{job_id}'; GET /retrain lists them.")
    return job_record(row)


def newest(engine: Engine, *, task: str, limit: int = 50) -> list[JobRecord]:
    """Jobs, newest first."""
    query = select(jobs).where(jobs.c.task == task).order_by(jobs.c.created_at.desc()).limit(limit)
    with reading(engine) as connection:
        return [job_record(row) for row in connection.execute(query)]


def active(engine: Engine, *, task: str) -> JobRecord | None:
    """The queued or running job, if there is one."""
    return _only(engine, task, ACTIVE_STATES)


def active_elsewhere(engine: Engine, *, task: str) -> JobRecord | None:
    """The active job of another task on this machine, if there is one."""
    with reading(engine) as connection:
        row = _of_another_task(connection, task)
    return None if row is None else job_record(row)


def waiting(engine: Engine, *, task: str) -> JobRecord | None:
    """The job that waits for the active one, if there is one."""
    return _only(engine, task, (JobState.WAITING,))


def begin_waiting(engine: Engine, *, task: str) -> JobRecord | None:
    """Queue the job that waits, if none is active; None if nothing waits or somebody else did."""
    job = waiting(engine, task=task)
    if job is None or active(engine, task=task) or active_elsewhere(engine, task=task):
        return None
    with contextlib.suppress(IntegrityError):
        # Whoever looks for lost jobs counts from the heart-beat: it was created long ago.
        values = {"state": JobState.QUEUED, "phase": JobPhase.QUEUED, "heartbeat_at": now()}
        # Asked once more by the change itself: two tasks may begin at the same moment.
        nobody = ~_active_elsewhere(task, jobs.alias()).exists()
        is_queued = change(engine, job.id, task, (JobState.WAITING,), nobody, **values)
        return job if is_queued else None
    return None


def last_finished(engine: Engine, *, task: str) -> JobRecord | None:
    """The job that ended last, if one ever did."""
    query = (
        select(jobs)
        .where(jobs.c.task == task, jobs.c.finished_at.is_not(None))
        .order_by(jobs.c.finished_at.desc())
        .limit(1)
    )
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else job_record(row)


def failed_checks(
    engine: Engine, version: str, *, task: str, site: str | None = None
) -> tuple[str, ...]:
    """Names of the gate's conditions that a version did not meet, for everybody or for a site;
    none if no job made it."""
    query = (
        select(jobs.c.verdict)
        .where(jobs.c.task == task, jobs.c.version == version)
        .order_by(jobs.c.created_at.desc())
    )
    with reading(engine) as connection:
        verdict = connection.execute(query).scalars().first()
    return Verdict.from_json(verdict).failed_for(site) if verdict else ()


def attach(engine: Engine, job_id: str, *, task: str, to: Holder) -> bool:
    """Remember the process that was started for a queued job, unless another one is at it."""
    values = {"host": to.host, "pid": to.pid}
    nobody = held_by(NOBODY)
    return change(engine, job_id, task, (JobState.QUEUED,), nobody, **values)


def start(engine: Engine, job_id: str, *, task: str, by: Holder | None = None) -> bool:
    """Claim a queued job for a process, this one if none is given; False if it is no longer
    queued."""
    holder = by or this_process()
    return change(
        engine, job_id, task, (JobState.QUEUED,), state=JobState.RUNNING, host=holder.host,
        pid=holder.pid, started_at=now(), heartbeat_at=now(), phase=JobPhase.STARTING, paused=None,
    )  # fmt: skip


def progress(
    engine: Engine, job_id: str, *, task: str, by: Holder | None = None, **values: Any
) -> bool:
    """Write down where a running job of this process, or of `by`, stands; False if it was ended
    from outside, or was taken for lost and another trainer is at it.

    How far it is never falls: a trainer that begins anew after another one was lost comes by what
    was told already.
    """
    if (reached := values.get("progress")) is not None:
        furthest = case((jobs.c.progress > reached, jobs.c.progress), else_=reached)
        values = {**values, "progress": furthest}
    ours = held_by(by or this_process())
    return change(engine, job_id, task, (JobState.RUNNING,), ours, heartbeat_at=now(), **values)


def claim_finish(
    engine: Engine,
    job_id: str,
    *,
    task: str,
    version: str,
    verdict: Verdict,
    by: Holder | None = None,
) -> bool:
    """Pass the point after which nobody can cancel; False if somebody already did, or the job is
    another trainer's by now.

    What is about to be published is written down with it, whatever happens afterwards.
    """
    return progress(
        engine,
        job_id,
        task=task,
        by=by,
        phase=JobPhase.FINISHING,
        version=version,
        verdict=verdict.to_json(),
    )


def end(
    engine: Engine, job_id: str, outcome: JobOutcome, *, task: str, by: Holder | None = None
) -> bool:
    """Finish a job that is still active, and that `by` works on if it is given; False if it had
    ended already, or another process works on it."""
    theirs = (held_by(by),) if by else ()
    return change(engine, job_id, task, ACTIVE_STATES, *theirs, **end_values(outcome))


def end_values(outcome: JobOutcome) -> dict[str, Any]:
    """What the row of a job says that ended so."""
    done = {"phase": JobPhase.DONE, "progress": 1.0} if outcome.is_done else {}
    return done | {
        "state": outcome.state,
        "reason": outcome.reason,
        "version": outcome.version,
        "verdict": outcome.verdict.to_json() if outcome.verdict else null(),
        "finished_at": now(),
        "eta_seconds": None,
        "paused": None,
    }


def stop(engine: Engine, job_id: str, state: JobState, *, task: str, reason: str) -> bool:
    """End a waiting or active job from outside, unless it is already finishing."""
    return change(
        engine, job_id, task, (JobState.WAITING, *ACTIVE_STATES),
        jobs.c.phase != JobPhase.FINISHING, state=state, reason=reason, finished_at=now(),
        eta_seconds=None, paused=None,
    )  # fmt: skip


def _already(running: JobRecord | None, waits: JobRecord | None, task: str) -> JobAlreadyRunning:
    in_the_way = waits or running
    job_id = in_the_way.id if in_the_way else ""
    also = ", and another one waits" if waits else ""
    whose = in_the_way.task if in_the_way else task
    of_task = "" if whose == task else f" on this machine, of the task '{whose}'"
    path = "/retrain" if whose == task else f"/tasks/{whose}/retrain"
    return JobAlreadyRunning(
        f"A retraining is already under way{of_task}{also}; wait for it, or cancel it with "
        f"DELETE {path}/{job_id or 'ID'}.",
        job_id=job_id,
        task=whose,
    )


def _of_another_task(connection: Connection, task: str) -> Row[Any] | None:
    return connection.execute(_active_elsewhere(task, jobs).limit(1)).one_or_none()


def _active_elsewhere(task: str, table: FromClause) -> Select[Any]:
    """Active jobs of other tasks that this machine works on."""
    return select(table).where(
        table.c.task != task,
        table.c.state.in_(ACTIVE_STATES),
        or_(table.c.host.is_(None), table.c.host == HOST),
        func.coalesce(table.c.heartbeat_at, table.c.created_at) >= now() - SILENT_FOR,
    )


def _only(engine: Engine, task: str, states: tuple[JobState, ...]) -> JobRecord | None:
    query = select(jobs).where(jobs.c.task == task, jobs.c.state.in_(states))
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else job_record(row)
