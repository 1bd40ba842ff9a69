"""A retraining job, from its row to a checkpoint: `python -m api.training.run --job ID`.

One straight line. It writes where it stands into the job's row, and leaves a finished checkpoint
in the models folder, or nothing.
"""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from types import FrameType
from typing import NoReturn

from sqlalchemy import Engine

from api import logs
from api.errors import AppError
from api.records import jobs
from api.records.tables import open_database
from api.settings import Settings, from_environment
from api.training.frame import tidy

logger = logging.getLogger(__name__)

LOWEST_PRIORITY = 19


class Stopped(BaseException):
    """The server is being stopped, or somebody pressed Ctrl-C."""


def main(arguments: Sequence[str]) -> int:
    """Run one job; returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.training.run", description=__doc__)
    parser.add_argument("--job", required=True, help="id of a queued job")
    job_id = parser.parse_args(arguments).job
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    os.nice(LOWEST_PRIORITY)
    settings = from_environment()
    logs.configure(settings.log_level)
    database = open_database(settings.records_url, timeout_s=60)
    if not jobs.start(database, job_id, host=jobs.HOST, pid=os.getpid()):
        logger.warning("job is not queued job=%s", job_id)
        return 1
    return _run(database, settings, job_id)


def _run(database: Engine, settings: Settings, job_id: str) -> int:
    try:
        # TensorFlow takes seconds to import; the job is claimed and can be stopped before that.
        from api.training.retrain import retrain

        ending = retrain(database, settings, job_id)
    except Stopped:
        reason = "The trainer was stopped while it ran; start the retraining again."
        jobs.end(database, job_id, "interrupted", reason=reason)
        return 130
    except AppError as exc:
        logger.error("retraining failed job=%s reason=%r", job_id, exc.message)
        _fail(database, job_id, exc.message)
        return 1
    except MemoryError:
        reason = "There was not enough memory; free some, or lower the recipe's batch size."
        _fail(database, job_id, reason)
        return 1
    except Exception as exc:
        logger.exception("retraining failed job=%s", job_id)
        reason = f"An unexpected error in the trainer ({type(exc).__name__}); see its log."
        _fail(database, job_id, reason)
        return 1
    if ending is None:
        return 1
    ended = jobs.end(database, job_id, **asdict(ending))
    tidy(settings)
    return 0 if ended else 1


def _fail(database: Engine, job_id: str, reason: str) -> None:
    """Whatever was about to be published was not."""
    jobs.end(database, job_id, "failed", reason=reason, version=None, verdict=None)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
