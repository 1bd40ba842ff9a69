"""The life of retraining jobs, as one worker sees it: start, watch, cancel, recover, stop."""

import contextlib
import logging
import subprocess
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from api.clock import now
from api.errors import Conflict
from api.jobs import trainer_process
from api.jobs.crash_recovery import recover_outcome
from api.jobs.launcher import SILENT_FOR, Child, Launcher, Presence, Sighting
from api.jobs.silence import ServerSilence
from api.jobs.starting import Starter
from api.jobs.unsent import Unsent
from api.records.retrainings import jobs, lost_jobs
from api.records.retrainings.job_holder import HOST, Holder
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import ACTIVE_STATES, JobPhase, JobState
from api.registry.champion import Alias
from api.registry.cleanup import discard_workspace_of, remove_abandoned
from api.registry.store import Store

logger = logging.getLogger(__name__)

STOP_TIMEOUT_S = 1.5
BY_REQUEST = "by request"


@dataclass(slots=True)
class Supervisor:
    """Owns the trainers that this worker started; knows the others by their rows."""

    database: Engine
    task: str
    store: Store
    compiled: Path
    logs: Path
    environment: dict[str, str]
    time_limit: timedelta = timedelta(hours=2)
    trainer: str = trainer_process.TRAINER
    launcher: Launcher = trainer_process
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    # None: the file beside the checkpoints.
    champion: Alias | None = None
    silence: ServerSilence = field(default_factory=ServerSilence)
    unsent: Unsent = field(default_factory=Unsent)
    _children: dict[str, Child] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cleaned_up: bool = False

    def start(
        self, samples: dict[str, int], *, cause: str = BY_REQUEST, may_wait: bool = False
    ) -> JobRecord:
        """Queue a job and start its trainer; with `may_wait` it waits while another one is active.

        Raises: JobAlreadyRunning; StorageFailed, ClusterFailed if no trainer could be started.
        """
        self.reconcile()
        self.begin_waiting()
        job_id = self.new_id()
        state = jobs.create(
            self.database,
            job_id=job_id,
            task=self.task,
            samples=samples,
            cause=cause,
            may_wait=may_wait,
        )
        if state == JobState.WAITING:
            logger.info("retraining waits job=%s", job_id)
        else:
            self._starter.start(job_id)
        return jobs.get(self.database, job_id, task=self.task)

    def begin_waiting(self) -> None:
        """Start the trainer of the job that waits once none is active; called often, by every
        worker, and not by one that is being stopped.

        Raises: StorageFailed, ClusterFailed if no trainer could be started.
        """
        job = jobs.begin_waiting(self.database, task=self.task)
        if job is not None:
            self._starter.start(job.id)

    def cancel(self, job_id: str) -> JobRecord:
        """End a job; nothing of it is kept. Raises: NotFound, Conflict."""
        jobs.get(self.database, job_id, task=self.task)
        if not jobs.stop(
            self.database,
            job_id,
            JobState.CANCELLED,
            reason="Cancelled by request.",
            task=self.task,
        ):
            raise Conflict(_cannot_cancel(jobs.get(self.database, job_id, task=self.task)))
        # Read now: one that waited may have got a trainer a moment ago.
        self._stop(jobs.get(self.database, job_id, task=self.task))
        logger.info("retraining cancelled job=%s", job_id)
        return jobs.get(self.database, job_id, task=self.task)

    def reconcile(self) -> None:
        """Take care of a job whose trainer is gone, or works too long; called often, by every
        worker."""
        self._collect_children()
        job = jobs.active(self.database, task=self.task)
        if job is None:
            self._remove_abandoned()
            return
        self._cleaned_up = False
        if job.id in self.unsent:
            self._starter.send_again(job)
        elif found := self._unheard(job):
            self._look_after(job, found)
        elif job.worked > self.time_limit:
            self._end_late(job)

    def close(self) -> None:
        """A graceful stop of the server ends the running job as interrupted, unless its trainer is
        on a cluster: the next server follows it."""
        job = jobs.active(self.database, task=self.task)
        if job is not None and self.launcher.ends_with_server:
            reason = "The server was stopped while it ran; start the retraining again."
            # One that is finishing ends by itself in a moment.
            if jobs.stop(
                self.database, job.id, JobState.INTERRUPTED, reason=reason, task=self.task
            ):
                self._stop(job)
        self._collect_children(timeout_s=STOP_TIMEOUT_S)

    def hand_over(self) -> None:
        """A graceful stop of the last server of this machine, while others go on: one of them
        begins its job again. A trainer on a cluster is followed by the others."""
        job = jobs.active(self.database, task=self.task)
        if job is None or job.host != HOST or not self.launcher.ends_with_server:
            self._collect_children(timeout_s=STOP_TIMEOUT_S)
            return
        if lost_jobs.release(self.database, job.id, task=self.task, holder=job.holder):
            # It is nobody else's before this trainer is gone: both would write the same files.
            self.launcher.stop(job, timeout_s=STOP_TIMEOUT_S)
            self._discard_work(job.id)
            if lost_jobs.hand_over(self.database, job.id, task=self.task):
                logger.info("retraining handed over job=%s", job.id)
            else:
                reason = "The server was stopped while it ran; the retraining that waits learns it."
                jobs.stop(
                    self.database, job.id, JobState.INTERRUPTED, reason=reason, task=self.task
                )
        self._collect_children(timeout_s=STOP_TIMEOUT_S)

    @property
    def _starter(self) -> Starter:
        return Starter(
            self.database,
            self.task,
            self.launcher,
            self.logs,
            self.environment,
            self.trainer,
            self._children,
            self._lock,
            self.unsent,
        )

    def _look_after(self, job: JobRecord, found: Sighting) -> None:
        """A job whose trainer is not at work, as far as anybody can tell."""
        match found.presence:
            case Presence.WAITING:
                if job.paused != found.reason:
                    lost_jobs.still_waits(
                        self.database, job, reason=found.reason, is_heard=False, task=self.task
                    )
            case Presence.NOT_STARTED:
                self._starter.send_again(job, why=found.reason)
            case _ if found.is_fault:
                self._end(job, JobState.FAILED, found.reason, lost=job.holder)
            case Presence.ELSEWHERE if jobs.active_elsewhere(self.database, task=self.task):
                # This machine is at another task's; one that is free takes it, or this one later.
                return
            case _:
                self._interrupted(job, job.holder, found)

    def _interrupted(self, job: JobRecord, lost: Holder, found: Sighting) -> None:
        """A trainer that was killed is started again once; what it computed of films is kept.

        Nothing happens where another worker has seen to it, and another process works by now.
        """
        if found.may_begin_again and lost_jobs.requeue(
            self.database, job.id, lost=lost, task=self.task
        ):
            logger.warning("retraining begins again job=%s reason=%r", job.id, found.reason)
            if found.presence != Presence.ELSEWHERE:
                # One that lives after all removes its own.
                self._discard_work(job.id)
            self._starter.start_again(job.id)
        else:
            self._end(job, JobState.INTERRUPTED, found.reason, lost=lost)

    def _end_late(self, job: JobRecord) -> None:
        minutes = self.time_limit.total_seconds() / 60
        reason = (
            f"It took longer than {minutes:g} minutes and was stopped; retrain on fewer "
            "films, or have whoever runs the server allow more time."
        )
        if jobs.stop(self.database, job.id, JobState.FAILED, reason=reason, task=self.task):
            logger.error("retraining failed job=%s reason=%r", job.id, reason)
            self._stop(job)
        elif jobs.get(self.database, job.id, task=self.task).phase == JobPhase.FINISHING:
            # It hangs while it publishes. Once it is gone, the files say how far it came.
            self.launcher.stop(job, timeout_s=STOP_TIMEOUT_S)

    def _stop(self, job: JobRecord) -> None:
        """End the trainer of a job that has just been ended in the records."""
        # Another process may have claimed it since this worker looked; nobody can any more.
        self.launcher.stop(
            jobs.get(self.database, job.id, task=self.task), timeout_s=STOP_TIMEOUT_S
        )
        self._discard_work(job.id)

    def _discard_work(self, job_id: str) -> None:
        discard_workspace_of(job_id, self.store, compiled=self.compiled)

    @property
    def _alias(self) -> Alias:
        return self.champion or Alias(self.store.folder)

    def _remove_abandoned(self) -> None:
        """Once after a start and once after each job."""
        if not self._cleaned_up:
            # A folder that cannot be written is not tried again and again.
            self._cleaned_up = True
            self._cleaned_up = remove_abandoned(
                self.store,
                self._alias,
                compiled=self.compiled,
                is_at_work=lambda: jobs.active(self.database, task=self.task) is not None,
            )

    def _collect_children(self, *, timeout_s: float = 0.0) -> None:
        with self._lock:
            for child in self._children.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=timeout_s)
            ended = {job_id: c for job_id, c in self._children.items() if c.poll() is not None}
            for job_id in ended:
                del self._children[job_id]
        for job_id, child in ended.items():
            # A trainer that ended well has written so; then this changes nothing.
            reason = trainer_process.explain(child.returncode)
            found = Sighting(Presence.GONE, reason, is_fault=child.returncode >= 0)
            job, lost = jobs.get(self.database, job_id, task=self.task), Holder(HOST, child.pid)
            if found.is_fault:
                self._end(job, JobState.FAILED, reason, lost=lost)
            else:
                self._interrupted(job, lost, found)

    def _unheard(self, job: JobRecord) -> Sighting | None:
        """What is known of a trainer that says nothing; None: it is at work, or may be."""
        silent = now() - (job.heartbeat_at or job.created_at)
        seen_silent = self.silence.of(job)
        with self._lock:
            is_ours = job.id in self._children
        if is_ours or max(silent, seen_silent) <= SILENT_FOR:
            return None
        found = self.launcher.look(job)
        match found.presence:
            case Presence.ALIVE:
                return None
            case Presence.WAITING:
                return found
            case Presence.ELSEWHERE:
                silent = seen_silent
        return found if silent > found.lost_after else None

    def _end(self, job: JobRecord, state: JobState, reason: str, *, lost: Holder) -> None:
        found = recover_outcome(job, self.store, self._alias, state=state, reason=reason)
        if lost_jobs.finish_lost(self.database, job, found, lost=lost, task=self.task):
            self._discard_work(job.id)
            logger.error("retraining %s job=%s reason=%r", found.state, job.id, found.reason)


def _cannot_cancel(job: JobRecord) -> str:
    if job.state in ACTIVE_STATES:
        return "The retraining is just finishing and can no longer be cancelled."
    return f"The retraining has already ended ({job.state}); there is nothing to cancel."
