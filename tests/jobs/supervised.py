"""What tests of supervised trainers wait for, and do to them."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from api.clock import now
from api.errors import StoreBusy
from api.jobs.supervisor import Supervisor
from api.records.database import writing
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_tables import jobs as table
from tests.support.waiting import wait_until

Make = Callable[[str], Supervisor]
SAMPLES = {"Normal": 6, "COVID-19": 6}


def working(supervisor: Supervisor, job_id: str) -> JobRecord:
    """The job, once its trainer is at it."""
    wait_until(
        lambda: (
            jobs.get(supervisor.database, job_id, task="pneumonia").phase in {"tail", "finishing"}
        ),
        "the trainer worked",
    )
    return jobs.get(supervisor.database, job_id, task="pneumonia")


def ended(supervisor: Supervisor, job_id: str) -> JobRecord:
    def over() -> bool:
        supervisor.reconcile()
        return jobs.get(supervisor.database, job_id, task="pneumonia").finished_at is not None

    wait_until(over, "the job had ended")
    return jobs.get(supervisor.database, job_id, task="pneumonia")


def workspace_of(supervisor: Supervisor, job_id: str) -> Path:
    path = supervisor.store.folder / f".tmp-{job_id}"
    path.mkdir(parents=True)
    (path / "model.h5").write_bytes(b"half")
    return path


def silent(supervisor: Supervisor, job_id: str, silence: timedelta, **values: object) -> None:
    """As if the job's trainer had not been heard of for a while."""
    with writing(supervisor.database) as connection:
        connection.execute(
            table.update()
            .where(table.c.id == job_id)
            .values({"heartbeat_at": now() - silence, "created_at": now() - silence} | values)
        )


def stop_between_writes(supervisor: Supervisor, job: JobRecord) -> None:
    """Stop a trainer where it does not hold the database, which nobody else could write then."""
    while True:
        os.kill(job.pid or 0, signal.SIGSTOP)
        try:
            with writing(supervisor.database):
                return
        except StoreBusy:
            os.kill(job.pid or 0, signal.SIGCONT)
