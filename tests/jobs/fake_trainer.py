"""Stands in for `api.training.run`: claims its job and behaves as the environment says."""

import argparse
import os
import signal
import sys
import time
from itertools import count

from sqlalchemy import Engine

from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobPhase, JobState
from api.settings import Settings

BEHAVIOUR = "FAKE_TRAINER"
LIFETIME_S = 60.0


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--job")
    job_id = parser.parse_args().job
    behaviour = os.environ[BEHAVIOUR]
    database = open_database(Settings().records_url, timeout_s=10)
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    jobs.start(database, job_id, task="pneumonia")
    if behaviour == "finish" or (
        behaviour == "die once" and jobs.get(database, job_id, task="pneumonia").restarts
    ):
        jobs.end(database, job_id, JobOutcome(JobState.PROMOTED, "better", "v2"), task="pneumonia")
        return 0
    if behaviour == "crash":
        return 3
    if behaviour == "die" or (
        behaviour == "die once" and not jobs.get(database, job_id, task="pneumonia").restarts
    ):
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "polite":
        return train_politely(database, job_id)
    jobs.progress(
        database,
        job_id,
        phase=JobPhase.FINISHING if behaviour == "finishing" else JobPhase.TAIL,
        task="pneumonia",
    )
    deadline = time.monotonic() + LIFETIME_S
    while time.monotonic() < deadline:
        jobs.progress(database, job_id, task="pneumonia")
        time.sleep(0.05)
    return 0


def train_politely(database: Engine, job_id: str) -> int:
    """As a trainer does it, with batches in which nothing happens."""
    # The others do without what this imports, and are there sooner.
    from api.training.fitting.progress import Progress
    from api.training.fitting.progress_reporter import JobEnded, ProgressReporter
    from api.training.fitting.throttle import throttle_for_servers

    throttle = throttle_for_servers(database, bound_ms=Settings().retrain_pause_p99_ms)
    try:
        with ProgressReporter(database, job_id, throttle, task="pneumonia") as reporter:
            for done in count():
                reporter.step(Progress(JobPhase.TAIL, 1, 1, done, 10_000))
                time.sleep(0.01)
    except JobEnded:
        pass
    return 1


if __name__ == "__main__":
    sys.exit(main())
