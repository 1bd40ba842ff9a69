"""Retrainings whose trainer is gone, or goes: begun again, handed over, or ended."""

import contextlib
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from api.clock import now
from api.records.retrainings.job_changes import change, held_by
from api.records.retrainings.job_holder import Holder, this_process
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import ACTIVE_STATES, JobOutcome, JobPhase, JobState
from api.records.retrainings.job_tables import jobs
from api.records.retrainings.jobs import end_values


def requeue(engine: Engine, job_id: str, *, task: str, lost: Holder) -> bool:
    """Queue a job again whose trainer, process `lost`, is gone, once; False if it ended, is
    finishing, was begun again already, or another process works on it."""
    once = (jobs.c.phase != JobPhase.FINISHING, jobs.c.restarts.is_(None), held_by(lost))
    return change(engine, job_id, task, ACTIVE_STATES, *once, restarts=1, **_anew())


def release(engine: Engine, job_id: str, *, task: str, holder: Holder) -> bool:
    """Take a job from its trainer, which is about to be stopped; nobody else begins it before
    `hand_over`, or a minute of silence. False if it ended, is finishing, or is another's."""
    conditions = (jobs.c.phase != JobPhase.FINISHING, held_by(holder))
    ours = this_process()
    return change(
        engine, job_id, task, ACTIVE_STATES, *conditions,
        **_anew() | {"host": ours.host, "pid": ours.pid},
    )  # fmt: skip


def hand_over(engine: Engine, job_id: str, *, task: str) -> bool:
    """Let a released job wait for another server; False where another one waits already."""
    waits = _anew() | {"state": JobState.WAITING, "phase": JobPhase.WAITING}
    ours = held_by(this_process())
    with contextlib.suppress(IntegrityError):
        return change(engine, job_id, task, (JobState.QUEUED,), ours, **waits)
    return False


def still_waits(
    engine: Engine, job: JobRecord, *, task: str, reason: str | None, is_heard: bool
) -> bool:
    """Write down why a queued job's trainer has not begun yet; False if it has, or was ended, or
    somebody else has just seen to it.

    Args:
        is_heard: it counts as heard of, so that nobody takes it for lost.
    """
    seen = jobs.c.heartbeat_at.is_not_distinct_from(job.heartbeat_at)
    heard = {"heartbeat_at": now()} if is_heard else {}
    return change(
        engine, job.id, task, (JobState.QUEUED,), held_by(job.holder), seen,
        paused=reason, **heard,
    )  # fmt: skip


def finish_lost(
    engine: Engine, job: JobRecord, outcome: JobOutcome, *, task: str, lost: Holder
) -> bool:
    """Finish an active job whose trainer, process `lost`, is gone; False if it was begun again."""
    same = jobs.c.restarts.is_not_distinct_from(job.restarts)
    return change(engine, job.id, task, ACTIVE_STATES, held_by(lost), same, **end_values(outcome))


def _anew() -> dict[str, Any]:
    """A job that nobody works on."""
    return {
        "state": JobState.QUEUED,
        "phase": JobPhase.QUEUED,
        "started_at": None,
        "heartbeat_at": now(),
        "host": None,
        "pid": None,
        "epoch": 0,
        "eta_seconds": None,
        "history": [],
        "paused": None,
        "paused_seconds": None,
    }
