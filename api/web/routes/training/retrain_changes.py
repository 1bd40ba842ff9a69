"""`GET /retrain/{id}/changes`: the held-out films whose answer a retraining changed."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from api.errors import NotFound
from api.kinds.by_name import kind_of
from api.model_card.changed_answers import MAX_LISTED, Change, ChangedAnswer, ChangedAnswers
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.training_images import sample_history, samples
from api.registry.changed_answers import read_changes
from api.services import Services
from api.web.deps import S
from api.web.links import link
from api.web.problems import documented
from api.web.responses.stored_answers.shown import note_shown_images
from api.web.schemas.training.retraining_changes import ChangedImage, RetrainingChanges

router = APIRouter(prefix="/retrain", tags=["retraining"])

NONE = ChangedAnswers(compared=0, counts={}, listed=())


@router.get("/{job_id}/changes", responses=documented(404, 409, 422, 503, 507))
def changes(
    job_id: str,
    request: Request,
    services: S,
    change: Annotated[Literal["worse", "neither", "better"] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 50,
    offset: Annotated[int, Query(ge=0, le=MAX_LISTED)] = 0,
) -> RetrainingChanges:
    """Held-out films that the new version answers otherwise than the one before, worst first.

    All of them are counted; the first 200 are listed, without films that were deleted since.
    """
    job = jobs.get(services.records.database, job_id, task=services.task.name)
    found, note = _found(job, services)
    there = _still_there(found, services)
    if gone := len(found.listed) - len(there):
        were = "was" if gone == 1 else "were"
        note += f" {gone} of them {were} deleted since, and left out."
    fitting = [each for each in there if change in (None, each.change)]
    page, end = fitting[offset : offset + limit], offset + limit
    # Whoever learns what the models say of a film reads it blinded no more.
    note_shown_images(request, services, {each.sha256 for each in page})
    return RetrainingChanges(
        job=job.id,
        version=job.version,
        compared_with=job.parent,
        compared=found.compared,
        worse=found.counts.get(Change.WORSE, 0),
        neither=found.counts.get(Change.NEITHER, 0),
        better=found.counts.get(Change.BETTER, 0),
        note=note,
        changes=[_shown(each, services) for each in page],
        next_offset=end if end < len(fitting) else None,
    )


def _found(job: JobRecord, services: Services) -> tuple[ChangedAnswers, str]:
    """The list and what is to be said of it. Raises: InvalidCheckpoint."""
    if job.version is None:
        ended = job.finished_at is not None
        return NONE, (
            "This retraining made no version, so there is nothing to compare."
            if ended
            else "The retraining has not ended yet; then both versions are compared."
        )
    try:
        checkpoint = services.storage.store.get(job.version)
    except NotFound:
        return NONE, f"The version {job.version} is no longer there, and the list went with it."
    found = read_changes(checkpoint)
    if found is None:
        return NONE, "This version was made before such lists were kept; a new retraining has one."
    return found, _note(found)


def _still_there(found: ChangedAnswers, services: Services) -> list[ChangedAnswer]:
    """Without films that were deleted or erased: nothing is told of them any more.

    Raises: StoreBusy, StorageFailed.
    """
    database, task = services.records.database, services.task.name
    if not found.listed:
        return []
    known = samples.known(database, {each.sha256 for each in found.listed}, task=task)
    deleted = sample_history.deleted(database, task=task) - known
    return [
        each
        for each in found.listed
        if each.sha256 in known or (each.remembered and each.sha256 not in deleted)
    ]


def _note(found: ChangedAnswers) -> str:
    total = sum(found.counts.values())
    if not total:
        return "Both versions answer every held-out film alike."
    if total > len(found.listed):
        return f"The first {len(found.listed)} of {total} are listed, worst first."
    return "All of them are listed, worst first."


def _shown(each: ChangedAnswer, services: Services) -> ChangedImage:
    labels = services.task.labels
    return ChangedImage(
        sha256=each.sha256,
        source=each.source,
        remembered=each.remembered,
        truth=each.truth,
        change=each.change.value,
        before=each.before,
        after=each.after,
        finding_before=each.finding_before,
        finding_after=each.finding_after,
        probabilities_before=dict(zip(labels, each.probabilities_before, strict=False)),
        probabilities_after=dict(zip(labels, each.probabilities_after, strict=False)),
        thumbnail=_thumbnail(each.sha256, services),
    )


def _thumbnail(sha256: str, services: Services) -> str | None:
    """Where a stored film's picture is; of a remembered film there are hashes alone."""
    task = services.task
    if not kind_of(task.kind).has_pictures:
        return None
    stored = samples.find(services.records.database, sha256, task=task.name)
    return link(f"/samples/{sha256}/thumbnail.png") if stored else None
