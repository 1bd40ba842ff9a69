"""`POST /preview`: how an image is read, before anybody is asked about it."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.serving.scheduling.work_pool import place_in
from api.web.deps import OfPictures, S
from api.web.problems import documented
from api.web.responses.images import PNG, png
from api.web.uploads.single_file import FILE_BODY, SingleFile

router = APIRouter(tags=["predictions"])

SideLength = Annotated[int, Query(ge=32, le=4096, description="Most pixels of the longer side.")]


@router.post(
    "/preview",
    dependencies=[OfPictures, place_in("pictures")],
    responses=PNG | documented(400, 403, 404, 408, 413, 415, 422, 429, 503, 507),
    response_class=Response,
    openapi_extra=FILE_BODY,
)
async def preview(image: SingleFile, services: S, side_px: SideLength = 900) -> Response:
    """One film as the server reads it, as PNG; nothing is kept.

    Depth, orientation, inversion and transparency are applied, so that what a person sees is what
    the model sees. It is decoded where it can do no harm: a page that shows films of strangers
    need not decode them.
    """
    read = partial(
        services.serving.backend.thumbnail, image.content, services.serving.limits, side_px=side_px
    )
    return png(await services.serving.pools.pictures.run(read))
