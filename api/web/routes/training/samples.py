"""`POST /upload-data`, and what has been collected."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from api.errors import NotFound
from api.records.training_images import sample_history, samples
from api.records.training_images.sample_filter import SampleFilter
from api.records.training_images.samples import SampleRecord
from api.samples.curation import archive, delete, read_image, relabel
from api.samples.erasing import set_aside
from api.samples.outcomes import FileState, Provenance, outcome_counts
from api.samples.summary import summarise
from api.samples.upload import add_upload
from api.services import Services
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited
from api.web.deps import S
from api.web.links import link
from api.web.principals import source_of
from api.web.problems import documented
from api.web.responses.batch_stream import CancellableStream
from api.web.schemas.training.samples import (
    ClassSummary,
    DeletedSample,
    DeletedSamples,
    FileOutcome,
    Sample,
    SampleChange,
    SampleDecision,
    SampleDetail,
    SamplePage,
    SampleSummary,
    UploadResult,
)
from api.web.uploads.upload_form import UPLOAD_BODY, Uploaded

router = APIRouter(tags=["training data"])

ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "A ZIP archive."}
}


async def sample_filter(
    label: Annotated[str | None, Query(max_length=100)] = None,
    source: Annotated[str | None, Query(max_length=100)] = None,
    part: Annotated[Literal["train", "holdout"] | None, Query()] = None,
    origin: Annotated[Literal["upload", "import", "folder", "feedback"] | None, Query()] = None,
    disputed: Annotated[
        bool | None, Query(description="True: those that await a decision.")
    ] = None,
    added_by: Annotated[str | None, Query(max_length=100)] = None,
    since: Annotated[AwareDatetime | None, Query(description="Added then or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Added before.")] = None,
) -> SampleFilter:
    """Which samples a request is about."""
    return SampleFilter(
        label=label,
        source=source,
        part=part,
        origin=origin,
        disputed=disputed,
        added_by=added_by,
        since=since,
        until=until,
    )


Filter = Annotated[SampleFilter, Depends(sample_filter)]


@router.post(
    "/upload-data",
    dependencies=[place_in("uploads")],
    openapi_extra=UPLOAD_BODY,
    responses=documented(400, 403, 408, 409, 413, 422, 429, 503, 507),
)
@runs_in("uploads")
def upload_data(request: Request, services: S, audit: Audited, form: Uploaded) -> UploadResult:
    """Add labelled films to train on. Each file has its own outcome."""
    known = services.storage.collection.require_label(form.label) if form.label else None
    about = Provenance(
        patient_id=form.patient_id,
        source=source_of(request.scope, form.source),
        origin="upload",
        added_by=audit.actor,
    )
    outcomes = add_upload(services.storage.collection, form.files, label=known, about=about)
    counted = outcome_counts(outcomes)
    audit.record(
        Action.UPLOAD, f"{counted[FileState.STORED]} samples", after={"label": known, **counted}
    )
    return UploadResult(
        stored=counted[FileState.STORED],
        duplicate=counted[FileState.DUPLICATE],
        near_duplicate=counted[FileState.NEAR_DUPLICATE],
        conflict=counted[FileState.CONFLICT],
        rejected=counted[FileState.REJECTED],
        files=[FileOutcome.model_validate(outcome) for outcome in outcomes],
        counts=services.storage.collection.counts(),
    )


@router.get("/samples", responses=documented(404, 422, 503, 507))
def list_samples(
    services: S,
    filters: Filter,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(max_length=64, description="SHA-256 of a sample.")] = None,
) -> SamplePage:
    """What was collected, newest first."""
    records, total = samples.page(
        services.records.database, filters, limit=limit, after=after, task=services.task.name
    )
    return SamplePage(
        samples=[Sample.model_validate(record) for record in records],
        total=total,
        next_after=records[-1].sha256 if len(records) == limit else None,
    )


@router.get(
    "/samples/export.zip",
    dependencies=[place_in("exports")],
    responses=ZIP | documented(422, 429, 503, 507),
    response_class=CancellableStream,
)
async def export_samples(services: S, filters: Filter) -> CancellableStream:
    """The films in class folders, with a table of what is known of each: `manifest.csv`."""
    records = samples.each(services.records.database, filters, task=services.task.name)
    return CancellableStream(
        services.serving.pools.exports.iterate(archive(services.storage.collection, records)),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="samples.zip"'},
    )


@router.get("/samples/summary", responses=documented(503, 507))
def summary(services: S) -> SampleSummary:
    """How many films of each class were collected, and what they look like in figures."""
    needed = services.training.requirements
    labels = services.storage.collection.counts()
    stored, classes = summarise(services.records.database, labels, task=services.task.name)
    total = sum(of_class.count for of_class in classes)
    return SampleSummary(
        total=total,
        other_classes=stored - total,
        classes=[ClassSummary.model_validate(of_class) for of_class in classes],
        min_classes=needed.min_classes,
        min_images=needed.min_images,
        ready=needed.are_met(services.storage.collection.counts()),
    )


@router.get("/samples/deleted", responses=documented(503, 507))
def deleted_samples(services: S) -> DeletedSamples:
    """Films that were deleted in the last day and can come back, the newest deletion first."""
    return DeletedSamples(
        samples=[
            DeletedSample(
                sample=Sample.model_validate(image.sample),
                deleted_at=image.deleted_at,
                deleted_by=image.deleted_by,
                remark=image.remark,
                until=image.until,
                thumbnail=link(f"/samples/{image.sample.sha256}/thumbnail.png"),
            )
            for image in set_aside.listed(services.storage.collection)
        ]
    )


@router.post("/samples/{sha256}/restore", responses=documented(403, 404, 422, 503, 507))
def restore_sample(sha256: str, services: S, audit: Audited) -> SampleDetail:
    """Bring back a film that was deleted within the last day (`?restorable=true`)."""
    record = set_aside.restore_sample(services.storage.collection, sha256, by=audit.actor)
    audit.record(Action.RESTORE_SAMPLE, sha256, after={"label": record.label})
    return _detail(services, record)


@router.get("/samples/{sha256}", responses=documented(404, 422, 503, 507))
def get_sample(sha256: str, services: S) -> SampleDetail:
    """One film, and what was done to it."""
    return _detail(
        services, samples.get(services.records.database, sha256, task=services.task.name)
    )


@router.patch("/samples/{sha256}", responses=documented(403, 404, 422, 503, 507))
def decide_sample(
    sha256: str, decision: SampleDecision, services: S, audit: Audited
) -> SampleDetail:
    """Give a film its class, and so end a dispute about it."""
    collection = services.storage.collection
    label = collection.require_label(decision.label)
    before = samples.get(services.records.database, sha256, task=services.task.name)
    record = relabel(collection, sha256, label, remark=decision.remark, by=audit.actor)
    audit.record(
        Action.LABEL,
        sha256,
        before={"label": before.label, "disputed": before.disputed},
        after={"label": label},
    )
    return _detail(services, record)


@router.delete("/samples/{sha256}", status_code=204, responses=documented(403, 404, 422, 503, 507))
def delete_sample(
    sha256: str,
    services: S,
    audit: Audited,
    remark: Annotated[str, Query(max_length=1000, description="Why; kept in the history.")] = "",
    restorable: Annotated[
        bool,
        Query(
            description="True: its file lies aside for a day, in which "
            "`POST /samples/{sha256}/restore` brings it back."
        ),
    ] = False,
) -> None:
    """Delete a film and all that was made or kept of it; no later retraining uses it.

    What a version learned from it before stays in that version: `GET /models/{version}` says so.
    Of a film that was deleted `restorable`, a second deletion removes the file at once.
    """
    collection = services.storage.collection
    gone = samples.find(services.records.database, sha256, task=services.task.name)
    if gone is None and not restorable:
        gone = _erased(services, sha256)
    else:
        gone = samples.get(services.records.database, sha256, task=services.task.name)
        delete(collection, sha256, remark=remark, by=audit.actor, restorable=restorable)
    audit.record(
        Action.DELETE_SAMPLE,
        sha256,
        before={"label": gone.label, "split": gone.part, "added_by": gone.added_by},
    )


def _erased(services: Services, sha256: str) -> SampleRecord:
    try:
        return set_aside.erase_set_aside(services.storage.collection, sha256)
    except NotFound:
        # The sentence is that of samples, with the day on which it was deleted.
        return samples.get(services.records.database, sha256, task=services.task.name)


def _detail(services: Services, record: SampleRecord) -> SampleDetail:
    history = sample_history.changes(
        services.records.database, record.sha256, task=services.task.name
    )
    return SampleDetail(
        **Sample.model_validate(record).model_dump(),
        thumbnail=link(f"/samples/{record.sha256}/thumbnail.png"),
        history=[SampleChange.model_validate(change) for change in history],
    )


@router.get("/samples/{sha256}/row", responses=documented(404, 422, 503, 507))
@runs_in("operation")
def row(sha256: str, services: S) -> dict[str, float]:
    """The named numbers of a collected row; a film has none."""
    collection = services.storage.collection
    return collection.kind.numbers(read_image(collection, sha256), services.task)
