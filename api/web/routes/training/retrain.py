"""`/retrain`: start, list, watch, cancel."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Header, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.jobs.plan import planned
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobState
from api.samples.folder_import import import_folder
from api.services import Services
from api.web.auditing import Action, Audited
from api.web.deps import S
from api.web.links import link, link_of_task
from api.web.problems import documented
from api.web.schemas.training.models import Job, JobList
from api.web.schemas.training.retraining_plan import RetrainingPlan

router = APIRouter(prefix="/retrain", tags=["retraining"])

EVENT = "job"
POLL_EVERY_S = 0.5
# How long a client waits before it asks again, where the stream broke off.
RETRY_MS = 2000
# A look at the training folder that has begun ends in this time unless many films lie there.
IMPORT_WAIT_S = 10.0


@router.post("", status_code=202, responses=documented(403, 409, 422, 503, 507))
def start(response: Response, services: S, audit: Audited) -> Job:
    """Retrain on the collected films, in the background; `Location` says where to watch.

    While another one runs it is refused, or waits for it, as the setting says; one may wait.
    """
    import_folder(services.storage.collection, wait_s=IMPORT_WAIT_S)
    counts = services.training.requirements.check(services.storage.collection.counts())
    may_wait = services.settings.retrain_queue
    job = _shown(services.training.supervisor.start(counts, may_wait=may_wait), services)
    audit.record(Action.RETRAIN_START, job.id, after={"samples": counts})
    response.headers["Location"] = job.url
    return job


@router.get("", responses=documented(503, 507))
def list_jobs(services: S) -> JobList:
    """Retrainings, newest first."""
    return JobList(
        jobs=[
            _shown(job, services)
            for job in jobs.newest(services.records.database, task=services.task.name)
        ]
    )


@router.get("/plan", responses=documented(503, 507))
def plan(services: S) -> RetrainingPlan:
    """What a retraining would learn from now, what is new in it, and what it would need.

    Counts the samples source by source: with a hundred thousand samples this takes a while.
    """
    counts = services.storage.collection.counts()
    needed = services.training.requirements
    database, task = services.records.database, services.task
    found = planned(database, task, is_one_site=services.settings.scope == "site")
    return RetrainingPlan(
        samples=counts,
        total=sum(counts.values()),
        sources=found.sources,
        no_site=found.no_site,
        new=found.new,
        relabelled=found.corrections.relabelled,
        removed=found.corrections.removed,
        disputed=found.disputed,
        since=found.since,
        expected_seconds=found.expected_seconds,
        memory_mb=found.need.memory_mb if found.need else None,
        disk_mb=found.need.disk_mb if found.need else None,
        threads=services.settings.trainer_threads,
        min_images=needed.min_images,
        min_classes=needed.min_classes,
        ready=needed.are_met(counts),
    )


@router.get("/{job_id}", responses=documented(404, 422, 503, 507))
def get_job(job_id: str, services: S) -> Job:
    """Where a retraining stands."""
    return _shown(jobs.get(services.records.database, job_id, task=services.task.name), services)


def _known(job_id: str, services: S) -> str:
    """The id of a job that there is; found out before a stream begins."""
    return jobs.get(services.records.database, job_id, task=services.task.name).id


@router.get(
    "/{job_id}/events",
    response_class=EventSourceResponse,
    responses=documented(404, 422, 503, 507),
)
async def watch(
    job_id: Annotated[str, Depends(_known)],
    services: S,
    last_event_id: Annotated[str | None, Header(description="Where a broken stream was.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """The job whenever something about it changes, as server-sent events, until it has ended.

    Each event `job` holds the whole of it, epochs so far included, so a client that comes back
    with `Last-Event-ID` has missed nothing, and is told nothing twice.
    """
    seen = last_event_id
    while not services.serving.shutdown:
        job = await run_in_threadpool(get_job, job_id, services)
        content = job.model_dump_json()
        mark = hashlib.sha256(content.encode()).hexdigest()[:16]
        if mark != seen:
            yield ServerSentEvent(raw_data=content, event=EVENT, id=mark, retry=RETRY_MS)
            seen = mark
        if job.finished_at is not None:
            return
        await anyio.sleep(POLL_EVERY_S)


@router.delete("/{job_id}", responses=documented(403, 404, 409, 422, 503, 507))
def cancel(job_id: str, services: S, audit: Audited) -> Job:
    """Cancel a retraining; nothing of it is kept."""
    job = services.training.supervisor.cancel(job_id)
    audit.record(Action.RETRAIN_CANCEL, job.id)
    return _shown(job, services)


def _shown(job: JobRecord, services: Services) -> Job:
    """A job as the outside sees it."""
    fields = asdict(job) | {
        "url": link(f"/retrain/{job.id}"),
        "restarts": job.restarts or 0,
        "paused_seconds": job.paused_seconds or 0.0,
        "waiting_for": None,
    }
    if job.state == JobState.WAITING:
        fields["state"] = JobState.QUEUED
        fields["waiting_for"] = _running(services)
    return Job.model_validate(fields)


def _running(services: Services) -> str | None:
    """Where the job is found that another one waits for."""
    database, task = services.records.database, services.task.name
    if running := jobs.active(database, task=task):
        return link(f"/retrain/{running.id}")
    elsewhere = jobs.active_elsewhere(database, task=task)
    return link_of_task(elsewhere.task, f"/retrain/{elsewhere.id}") if elsewhere else None
