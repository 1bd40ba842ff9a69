"""A retraining job, from its row to a checkpoint: `python -m api.training.run --job ID`.

One straight line. It writes where it stands into the job's row, and leaves a finished checkpoint
in the models folder, or nothing.
"""

import argparse
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from sqlalchemy import Engine

from api import logs
from api.errors import AppError, StorageFailed, StoreBusy
from api.model_card.task_sections import load_whole_task
from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_holder import this_process
from api.records.retrainings.job_states import JobOutcome, JobState
from api.records.servers import unexpected_errors
from api.settings import Settings, from_environment
from api.training.pipelines.publish import discard_old_versions
from api.training.resource_errors import resource_error_in

logger = logging.getLogger(__name__)

LOWEST_PRIORITY = 19
# How long a locked database is waited for, and how often, until the job's end is in it.
RETRY_TIMEOUT_S = 60
TRIES = 5
# How long an object store that is away is waited for: hours of work are in hand.
MIN_STORAGE_TIMEOUT_S = 300.0
# Exit code of a trainer that could not even write down why it ended.
NO_RECORDS = os.EX_IOERR


class Stopped(BaseException):
    """The server is being stopped, or somebody pressed Ctrl-C."""


def main(arguments: Sequence[str], *, retry_timeout_s: float = RETRY_TIMEOUT_S) -> int:
    """Run one job; returns the process's exit code.

    Args:
        retry_timeout_s: how long each use of locked records waits for them.
    """
    parser = argparse.ArgumentParser(prog="python -m api.training.run", description=__doc__)
    parser.add_argument("--job", required=True, help="id of a queued job")
    job_id = parser.parse_args(arguments).job
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    os.nice(LOWEST_PRIORITY)
    settings = _patient(from_environment())
    logs.configure(settings.log_level, settings.log_format)
    try:
        database = open_database(
            settings.records_url, timeout_s=retry_timeout_s, task=settings.task
        )
        started = jobs.start(database, job_id, task=settings.task)
        if not started:
            logger.warning("job is not queued job=%s", job_id)
            return 1
        return _run(database, settings, job_id)
    except (StoreBusy, StorageFailed) as exc:
        logger.error("records out of reach job=%s reason=%r", job_id, exc.message)
        return NO_RECORDS


def _patient(settings: Settings) -> Settings:
    wait_limit_s = max(settings.storage_timeout_s, MIN_STORAGE_TIMEOUT_S)
    return settings.model_copy(update={"storage_timeout_s": wait_limit_s})


def _run(database: Engine, settings: Settings, job_id: str) -> int:
    try:
        # TensorFlow takes seconds to import; the job is claimed and can be stopped before that.
        from api import import_pause
        from api.training.pipelines.kinds import training_of

        import_pause.end()
        outcome = training_of(load_whole_task(settings.task).kind).retrain(
            database, settings, job_id
        )
    except Stopped:
        reason = "The trainer was stopped while it ran; start the retraining again."
        _end(database, settings, job_id, JobOutcome(JobState.INTERRUPTED, reason))
        return 130
    except AppError as exc:
        logger.error("retraining failed job=%s reason=%r", job_id, exc.message)
        _fail(database, settings, job_id, exc.message)
        return 1
    except Exception as exc:
        logger.exception("retraining failed job=%s", job_id)
        foreseen = resource_error_in(exc)
        unexpected = f"An unexpected error in the trainer ({type(exc).__name__}); see its log."
        _fail(database, settings, job_id, foreseen or unexpected)
        if not foreseen:
            _note(database, exc)
        return 1
    if outcome is None:
        return 1
    ended = _end(database, settings, job_id, outcome)
    discard_old_versions(database, settings)
    return 0 if ended else 1


def _note(database: Engine, exc: Exception) -> None:
    """For whoever watches the server; the job has its end already."""
    with contextlib.suppress(AppError):
        unexpected_errors.add(database, [unexpected_errors.met_now(exc, place="trainer")])


def _fail(database: Engine, settings: Settings, job_id: str, reason: str) -> None:
    """Whatever was about to be published was not."""
    _end(database, settings, job_id, JobOutcome(JobState.FAILED, reason))


def _end(database: Engine, settings: Settings, job_id: str, outcome: JobOutcome) -> bool:
    """Finish the job, however long somebody else holds the records.

    Raises: StoreBusy, StorageFailed; whoever started this process then tells what the files say.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(StoreBusy):
            return jobs.end(database, job_id, outcome, task=settings.task, by=this_process())
    return jobs.end(database, job_id, outcome, task=settings.task, by=this_process())


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
