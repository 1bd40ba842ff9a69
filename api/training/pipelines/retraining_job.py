"""The frame of every retraining: a claimed job, its setup, its workspace and its progress."""

import time
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from api.records.retrainings.job_states import JobOutcome
from api.settings import Settings
from api.training.fitting.progress_reporter import JobEnded, ProgressReporter
from api.training.fitting.throttle import throttle_for_servers
from api.training.pipelines.retraining_setup import RetrainingSetup, prepare


class Work(Protocol):
    """What one kind of model does in a retraining."""

    def __call__(
        self,
        database: Engine,
        setup: RetrainingSetup,
        reporter: ProgressReporter,
        workspace: Path,
        *,
        started: float,
    ) -> JobOutcome | None:
        """Fit, judge and publish a challenger.

        Args:
            workspace: an empty folder that becomes the version.
            started: `time.monotonic()` when the job began.

        Raises: JobEnded if it was cancelled meanwhile, AppError with the reason.
        """


def work_off(database: Engine, settings: Settings, job_id: str, work: Work) -> JobOutcome | None:
    """Work a claimed job off; None if it was cancelled meanwhile.

    Raises: AppError with the reason when it cannot be done.
    """
    started = time.monotonic()
    try:
        throttle = throttle_for_servers(database, bound_ms=settings.retrain_pause_p99_ms)
        setup = prepare(settings, database)
        # Made first: where it cannot be written, nobody need wait for the training to learn of it.
        with (
            ProgressReporter(database, job_id, throttle, task=setup.task.name) as reporter,
            setup.store.workspace(job_id) as workspace,
        ):
            return work(database, setup, reporter, workspace, started=started)
    except JobEnded:
        return None
