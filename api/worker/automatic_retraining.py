"""Retrainings that begin by themselves: after so many new samples, or at a time of the day."""

import contextlib
from datetime import UTC, datetime, timedelta

from api.clock import now
from api.errors import JobAlreadyRunning, NotEnoughSamples
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import FAILED_STATES
from api.records.training_images import samples
from api.services import Services

# A retraining that began by itself and failed is not tried again at once.
RETRY_AFTER = timedelta(hours=1)
EPOCH_START = datetime.fromtimestamp(0, UTC)


def start_if_due(services: Services, *, server_started: datetime) -> None:
    """Begin a task's retraining if its triggers say so and none runs.

    Raises: StoreBusy, StorageFailed.
    """
    database, task = services.records.database, services.task
    if not services.training.triggers or jobs.active(database, task=task.name):
        return
    found = jobs.newest(database, task=task.name)
    if found and found[0].state in FAILED_STATES and now() - found[0].created_at < RETRY_AFTER:
        return
    cause = services.training.triggers.cause(
        at=now(),
        since=max([server_started, *map(_began, found[:1])]),
        new_samples=samples.added_since(
            database,
            # What a retraining that failed was to learn is still to be learned.
            next((_began(job) for job in found if job.state not in FAILED_STATES), EPOCH_START),
            task.known_labels,
            task=task.name,
        ),
    )
    if cause is None:
        return
    with contextlib.suppress(NotEnoughSamples, JobAlreadyRunning):
        counts = services.training.requirements.check(services.storage.collection.counts())
        job = services.training.supervisor.start(counts, cause=cause)
        entry = AuditEntry(
            audit.SERVER, "retrain_start", job.id, after={"cause": cause}, task=task.name
        )
        audit.append(database, entry)


def _began(job: JobRecord) -> datetime:
    """When it looked at what there is to learn; it may have waited before."""
    return job.started_at or job.created_at
