"""`/retrain`: start, list, watch, cancel."""

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Header, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.records import jobs
from api.records.jobs import JobRecord
from api.samples.pickup import pick_up
from api.web.deps import S
from api.web.model_schemas import Job, JobList
from api.web.problems import documented

router = APIRouter(prefix="/retrain", tags=["retraining"])

EVENT = "job"
LOOK_EVERY_S = 0.5
# How long a client waits before it asks again, where the stream broke off.
RETRY_MS = 2000


@router.post("", status_code=202, responses=documented(403, 409, 422, 503, 507))
def start(response: Response, services: S) -> Job:
    """Retrain on the collected films, in the background; `Location` says where to watch."""
    pick_up(services.collection)
    counts = services.requirements.check(services.collection.counts())
    job = as_schema(services.supervisor.start(counts))
    response.headers["Location"] = job.url
    return job


@router.get("", responses=documented(503))
def list_jobs(services: S) -> JobList:
    """Retrainings, newest first."""
    return JobList(
        jobs=[as_schema(job) for job in jobs.newest(services.database, services.task.name)]
    )


@router.get("/{job_id}", responses=documented(404, 422, 503))
def get_job(job_id: str, services: S) -> Job:
    """Where a retraining stands."""
    return as_schema(jobs.get(services.database, job_id))


def _known(job_id: str, services: S) -> str:
    """The id of a job that there is; found out before a stream begins."""
    return jobs.get(services.database, job_id).id


@router.get(
    "/{job_id}/events",
    response_class=EventSourceResponse,
    responses=documented(404, 422, 503),
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
    while not services.closing:
        job = as_schema(await run_in_threadpool(jobs.get, services.database, job_id))
        content = job.model_dump_json()
        mark = hashlib.sha256(content.encode()).hexdigest()[:16]
        if mark != seen:
            yield ServerSentEvent(raw_data=content, event=EVENT, id=mark, retry=RETRY_MS)
            seen = mark
        if job.finished_at is not None:
            return
        await anyio.sleep(LOOK_EVERY_S)


@router.delete("/{job_id}", responses=documented(403, 404, 409, 422, 503))
def cancel(job_id: str, services: S) -> Job:
    """Cancel a retraining; nothing of it is kept."""
    return as_schema(services.supervisor.cancel(job_id))


def as_schema(job: JobRecord) -> Job:
    """A job as the outside sees it."""
    fields = {name: getattr(job, name) for name in Job.model_fields if name != "url"}
    counted = {"restarts": job.restarts or 0, "paused_seconds": job.paused_seconds or 0.0}
    return Job.model_validate(fields | counted | {"url": f"/retrain/{job.id}"})
