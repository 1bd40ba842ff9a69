"""A trainer as an operating-system process: started, recognised, stopped."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from api.files import storage_errors
from api.jobs.launcher import SILENT_FOR, Presence, Sighting
from api.records.retrainings.job_holder import HOST
from api.records.retrainings.job_record import JobRecord
from api.settings import ROOT

TRAINER = "api.training.run"
# NumPy's and SciPy's libraries have threads of their own, which wait for work by spinning. What is
# computed with them is small; TensorFlow's threads are those of `ROENTGEN_TRAINER_THREADS`.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
LOST_ELSEWHERE = (
    "Nothing was heard of the trainer for a minute, nor of the machine that it ran on; start the "
    "retraining again."
)
# See `Launcher`, which this module is.
ends_with_server = True


def spawn(
    job_id: str, *, log: Path, environment: dict[str, str], trainer: str = TRAINER
) -> subprocess.Popen[bytes]:
    """Start the trainer of a job; what it prints goes to `log`.

    It stays in the server's session: in one of its own, Linux would schedule it as a group of its
    own, and its low priority would mean nothing to the server. Its output goes to a file, so that
    it outlives the server.

    Raises: StorageFailed.
    """
    with storage_errors(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", trainer, "--job", job_id],
                cwd=ROOT,
                env=ONE_THREAD | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )


def find(job: JobRecord) -> psutil.Process | None:
    """The living trainer of a job on this machine, never another process with the same number."""
    if job.pid is None or job.host != HOST:
        return None
    try:
        process = psutil.Process(job.pid)
        alive = process.status() != psutil.STATUS_ZOMBIE and job.id in process.cmdline()
    except psutil.Error:
        return None
    return process if alive else None


def look(job: JobRecord) -> Sighting:
    """See `Launcher`; of another machine's trainer nothing is known here but its heart-beat."""
    if job.host not in (None, HOST):
        return Sighting(Presence.ELSEWHERE, LOST_ELSEWHERE)
    presence = Presence.ALIVE if find(job) else Presence.GONE
    return Sighting(presence, lost_after=SILENT_FOR)


def stop(job: JobRecord, *, timeout_s: float) -> None:
    """Ask a job's trainer to end, and kill it if it has not within `patience_s`.

    Python answers to a signal between two steps of its own; the conversion of a network is one.
    """
    process = find(job)
    if process is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=timeout_s)
        except psutil.TimeoutExpired:
            process.kill()
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(timeout=timeout_s)


def explain(returncode: int) -> str:
    """Why a trainer that wrote no reason of its own is gone."""
    if returncode == -signal.SIGKILL:
        return (
            "The trainer was killed (signal 9): by hand, or by the system for lack of memory. "
            "Nothing of it was kept; start the retraining again."
        )
    if returncode == os.EX_IOERR:
        return (
            "The trainer could not write to the records, because they were locked too long or the "
            "disk is full; its log says which. Start the retraining again."
        )
    if returncode < 0:
        return f"The trainer crashed with signal {-returncode}; start the retraining again."
    return f"The trainer ended with code {returncode} before it had finished; see its log."
