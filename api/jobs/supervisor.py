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
from api.errors import AppError, Conflict
from api.jobs import trainer_process
from api.jobs.crash_recovery import recover_outcome
from api.jobs.launcher import SILENT_FOR, Child, Launcher, Presence, Sighting
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import ACTIVE_STATES, JobOutcome, JobPhase, JobState
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
            self._spawn(job_id)
        return jobs.get(self.database, job_id, task=self.task)

    def begin_waiting(self) -> None:
        """Start the trainer of the job that waits once none is active; called often, by every
        worker, and not by one that is being stopped.

        Raises: StorageFailed, ClusterFailed if no trainer could be started.
        """
        job = jobs.begin_waiting(self.database, task=self.task)
        if job is not None:
            self._spawn(job.id)

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
        if (lost := self._lost(job)) and lost.is_fault:
            self._end(job.id, JobState.FAILED, lost.reason, lost=job.pid)
        elif lost:
            self._interrupted(job, job.pid, lost.reason, may_begin_again=lost.may_begin_again)
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

    def _spawn(self, job_id: str) -> None:
        """Start a trainer for a queued job.

        Raises: StorageFailed, ClusterFailed, and the job has failed.
        """
        try:
            child = self.launcher.spawn(
                job_id,
                log=self.logs / f"{job_id}.log",
                environment=self.environment,
                trainer=self.trainer,
            )
        except AppError as exc:
            jobs.end(
                self.database, job_id, JobOutcome(JobState.FAILED, exc.message), task=self.task
            )
            raise
        if child is None:
            # It says itself where it runs, once it does.
            logger.info("retraining sent job=%s", job_id)
            return
        with self._lock:
            self._children[job_id] = child
        jobs.attach(self.database, job_id, host=jobs.HOST, pid=child.pid, task=self.task)
        logger.info("retraining started job=%s pid=%d", job_id, child.pid)

    def _interrupted(
        self, job: JobRecord, lost: int | None, reason: str, *, may_begin_again: bool = True
    ) -> None:
        """A trainer that was killed is started again once; what it computed of films is kept.

        Nothing happens where another worker has seen to it, and another process works by now.

        One on another machine may be alive and out of reach: two must not work on one job.
        """
        if may_begin_again and jobs.requeue(self.database, job.id, lost=lost, task=self.task):
            logger.warning("retraining begins again job=%s reason=%r", job.id, reason)
            self._discard_work(job.id)
            self._spawn(job.id)
        else:
            self._end(job.id, JobState.INTERRUPTED, reason, lost=lost)

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
            if child.returncode < 0:
                self._interrupted(
                    jobs.get(self.database, job_id, task=self.task), child.pid, reason
                )
            else:
                self._end(job_id, JobState.FAILED, reason, lost=child.pid)

    def _lost(self, job: JobRecord) -> Sighting | None:
        """What is known of a trainer that is not there any more; None: it is, or may be."""
        silence = now() - (job.heartbeat_at or job.created_at)
        with self._lock:
            is_ours = job.id in self._children
        if is_ours or silence <= SILENT_FOR:
            return None
        found = self.launcher.look(job)
        is_lost = found.presence != Presence.ALIVE and silence > found.lost_after
        return found if is_lost else None

    def _end(self, job_id: str, state: JobState, reason: str, *, lost: int | None) -> None:
        job = jobs.get(self.database, job_id, task=self.task)
        found = recover_outcome(job, self.store, self._alias, state=state, reason=reason)
        if jobs.finish_lost(self.database, job_id, found, lost=lost, task=self.task):
            self._discard_work(job_id)
            logger.error("retraining %s job=%s reason=%r", found.state, job_id, found.reason)


def _cannot_cancel(job: JobRecord) -> str:
    if job.state in ACTIVE_STATES:
        return "The retraining is just finishing and can no longer be cancelled."
    return f"The retraining has already ended ({job.state}); there is nothing to cancel."
