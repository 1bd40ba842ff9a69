"""Starts a trainer for a queued job: the first one, or another where that was lost or not begun."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from api.errors import AppError, ClusterFailed
from api.jobs.launcher import Child, Launcher
from api.jobs.unsent import Unsent
from api.records.retrainings import jobs, lost_jobs
from api.records.retrainings.job_holder import HOST, NOBODY, Holder
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobOutcome, JobState

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Starter:
    """What a supervisor starts trainers with.

    Attributes:
        children: those that are processes of this worker, by job; changed under `lock`.
        unsent: jobs that a cluster did not take yet.
    """

    database: Engine
    task: str
    launcher: Launcher
    logs: Path
    environment: Mapping[str, str]
    trainer: str
    children: dict[str, Child]
    lock: threading.Lock
    unsent: Unsent

    def start(self, job_id: str) -> None:
        """Start a trainer for a queued job.

        Raises: StorageFailed, ClusterFailed, and the job has failed.
        """
        try:
            self._launch(job_id)
        except AppError as exc:
            self._end(job_id, JobState.FAILED, exc.message)
            raise

    def start_again(self, job_id: str) -> None:
        """A cluster that is just coming back takes it a moment later: work that was begun is not
        given up for one slow answer. Raises: StorageFailed, and the job has failed."""
        try:
            self._launch(job_id)
        except ClusterFailed as exc:
            if self.unsent.failed(job_id):
                logger.warning("retraining not sent yet job=%s reason=%r", job_id, exc.message)
                return
            self._end(job_id, JobState.INTERRUPTED, exc.message)
        except AppError as exc:
            self._end(job_id, JobState.FAILED, exc.message)
            raise
        self.unsent.forget(job_id)

    def send_again(self, job: JobRecord, *, why: str | None = None) -> None:
        """A job that nobody has begun: nothing of it is lost, and it counts as no new begin."""
        if job.id in self.unsent and not self.unsent.is_due(job.id):
            return
        reason = why or job.paused
        if lost_jobs.still_waits(self.database, job, task=self.task, reason=reason, is_heard=True):
            self.start_again(job.id)
        else:
            self.unsent.forget(job.id)

    def _launch(self, job_id: str) -> None:
        """Raises: StorageFailed, ClusterFailed."""
        child = self.launcher.spawn(
            job_id,
            log=self.logs / f"{job_id}.log",
            environment=dict(self.environment),
            trainer=self.trainer,
        )
        if child is None:
            # It says itself where it runs, once it does.
            logger.info("retraining sent job=%s", job_id)
            return
        with self.lock:
            self.children[job_id] = child
        jobs.attach(self.database, job_id, to=Holder(HOST, child.pid), task=self.task)
        logger.info("retraining started job=%s pid=%d", job_id, child.pid)

    def _end(self, job_id: str, state: JobState, reason: str) -> None:
        """End a job of which no trainer could be started, unless one is at it after all."""
        jobs.end(self.database, job_id, JobOutcome(state, reason), task=self.task, by=NOBODY)
