"""`POST /upload-data`, and what has been collected."""

import io
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from PIL import Image

from api.errors import NotFound
from api.inputs.images import decode
from api.inputs.phantom import phantom as draw
from api.records import samples
from api.samples.intake import tally
from api.samples.summary import summarise
from api.web.deps import S
from api.web.names import shown_name
from api.web.problems import documented
from api.web.schemas import FileOutcome, SampleFigures, SampleSummary, UploadResult

router = APIRouter(tags=["training data"])

THUMBNAIL_PX = 224
PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "A picture."}
}


@router.post("/upload-data", responses=documented(400, 403, 413, 422, 503, 507))
def upload_data(
    services: S,
    files: Annotated[
        list[UploadFile], File(description="Films, or ZIP archives of class folders.")
    ],
    label: Annotated[
        str | None,
        Form(description="Class of the films; for a ZIP of class folders it is not needed."),
    ] = None,
) -> UploadResult:
    """Add labelled films to train on. Each file has its own outcome."""
    known = services.collection.require_label(label) if label else None
    outcomes = services.collection.add_all(
        [(shown_name(file), file.file) for file in files], label=known
    )
    counted = tally(outcomes)
    return UploadResult(
        stored=counted["stored"],
        duplicate=counted["duplicate"],
        conflict=counted["conflict"],
        rejected=counted["rejected"],
        files=[FileOutcome.model_validate(outcome) for outcome in outcomes],
        counts=services.collection.counts(),
    )


@router.get("/samples/summary", responses=documented(503))
def summary(services: S) -> SampleSummary:
    """How many films of each class were collected, and what they look like in figures."""
    needed = services.requirements
    records = samples.everything(services.database)
    classes = summarise(records, services.task.labels)
    return SampleSummary(
        total=len(records),
        classes=[SampleFigures.model_validate(figures) for figures in classes],
        min_classes=needed.min_classes,
        min_images=needed.min_images,
        ready=needed.are_met(services.collection.counts()),
    )


@router.get(
    "/samples/{sha256}/thumbnail.png",
    responses=PNG | documented(404, 422, 503),
    response_class=Response,
)
def thumbnail(sha256: str, services: S) -> Response:
    """A small picture of a collected film."""
    record = samples.get(services.database, sha256)
    try:
        content = services.collection.path_of(record).read_bytes()
    except OSError as exc:
        raise NotFound(f"The file of sample '{sha256}' is gone; upload it again.") from exc
    picture = Image.fromarray(decode(content, services.limits))
    picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return png(picture)


@router.get("/phantoms/{label}.png", responses=PNG | documented(404, 422), response_class=Response)
def phantom(label: str, services: S, seed: Annotated[int, Query(ge=0, le=2**31)] = 0) -> Response:
    """A generated film that shows a class's finding: no patient, for trying things out."""
    known = services.task.label_of_folder(label)
    if known is None:
        raise NotFound(
            f"There is no class '{label[:100]}'; the classes are {', '.join(services.task.labels)}."
        )
    finding = next(info.phantom for info in services.task.classes if info.name == known)
    return png(Image.fromarray(draw(finding, seed=seed)))


def png(picture: Image.Image) -> Response:
    """A picture as a PNG response that may be cached: its address names its content."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(buffer.getvalue(), media_type="image/png", headers=headers)
