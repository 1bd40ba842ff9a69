"""`/retrain`: start, list, watch, cancel."""

from fastapi import APIRouter, Response

from api.records import jobs
from api.records.jobs import JobRecord
from api.samples.pickup import pick_up
from api.web.deps import S
from api.web.problems import documented
from api.web.schemas import Job, JobList

router = APIRouter(prefix="/retrain", tags=["retraining"])


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


@router.delete("/{job_id}", responses=documented(403, 404, 409, 422, 503))
def cancel(job_id: str, services: S) -> Job:
    """Cancel a retraining; nothing of it is kept."""
    return as_schema(services.supervisor.cancel(job_id))


def as_schema(job: JobRecord) -> Job:
    """A job as the outside sees it."""
    fields = {name: getattr(job, name) for name in Job.model_fields if name != "url"}
    return Job.model_validate(fields | {"url": f"/retrain/{job.id}"})
