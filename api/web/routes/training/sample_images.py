"""Pictures of collected films, and generated ones to try things with."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.errors import NotFound
from api.inputs.images.synthetic import synthetic_image as draw
from api.inputs.images.thumbnails import as_png
from api.samples.curation import read_image
from api.samples.erasing import set_aside
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.deps import OfPictures, S
from api.web.problems import documented
from api.web.responses.images import PNG, png
from api.web.routes.answers.preview import SideLength

router = APIRouter(tags=["training data"])

THUMBNAIL_PX = 224


@router.get(
    "/samples/{sha256}/thumbnail.png",
    dependencies=[OfPictures, place_in("pictures")],
    responses=PNG | documented(404, 422, 429, 503, 507),
    response_class=Response,
)
@runs_in("pictures")
def thumbnail(
    sha256: str,
    services: S,
    side_px: SideLength = THUMBNAIL_PX,
) -> Response:
    """A picture of a collected film, at most so many pixels a side; of a deleted one for a day."""
    try:
        content = read_image(services.storage.collection, sha256)
    except NotFound as missing:
        try:
            content = set_aside.read_set_aside(services.storage.collection, sha256)
        except NotFound:
            raise missing from None
    backend, limits = services.serving.backend, services.serving.limits
    return png(backend.thumbnail(content, limits, side_px=side_px))


@router.get(
    "/phantoms/{label}.png",
    dependencies=[OfPictures, place_in("pictures")],
    responses=PNG | documented(404, 422, 429),
    response_class=Response,
)
@runs_in("pictures")
def phantom(label: str, services: S, seed: Annotated[int, Query(ge=0, le=2**31)] = 0) -> Response:
    """A generated film that shows a class's finding: no patient, for trying things out."""
    known = services.task.label_of_folder(label)
    if known is None:
        raise NotFound(
            f"There is no class '{label[:100]}'; the classes are {', '.join(services.task.labels)}."
        )
    finding = next(info.phantom for info in services.task.classes if info.name == known)
    if finding is None:
        raise NotFound(f"The task file has no generated picture of '{known}' (`phantom`).")
    return png(as_png(draw(finding, seed=seed)), cacheable=True)
