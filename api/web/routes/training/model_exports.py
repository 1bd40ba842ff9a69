"""`GET /models/{version}/export`: a checkpoint for other tools, as a ZIP file."""

from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from api.accounts.rights import Right
from api.exports.manifest import Format
from api.exports.on_request import RETRY_AFTER_S, ExportUnderWay, exported
from api.web.deps import S
from api.web.principals import principal_of
from api.web.problems import documented
from api.web.schemas.training.model_exports import ModelExport

router = APIRouter(prefix="/models", tags=["models"])

# An export that takes no longer is answered at once.
WAIT_S, LOOK_EVERY_S = 8.0, 0.25
ZIP_OR_LATER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "A ZIP archive with one folder."},
    202: {
        "model": ModelExport,
        "description": "It is being made; `Retry-After` says when to ask again.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    },
}


@router.get(
    "/{version}/export",
    responses=ZIP_OR_LATER | documented(403, 404, 409, 422, 429, 503, 507),
    response_class=Response,
)
async def export(
    version: str,
    request: Request,
    services: S,
    form: Annotated[
        Format,
        Query(
            alias="format",
            description="`tflite` (what serves), `mlflow`, `onnx` or `saved-model`.",
        ),
    ],
) -> Response:
    """A checkpoint for MLflow, LiteRT, ONNX or TensorFlow; what is in it is in the documents.

    The first request has it made, by a process of its own, and is answered with 202 where that
    takes long; the same request later gets the file. One is made at a time. To have one made needs
    the right to train; whoever may read gets what is made, and else 403.
    """
    may_begin = principal_of(request.scope).may(Right.TRAIN)
    checkpoint = await run_in_threadpool(services.storage.store.get, version)
    give_up_at = anyio.current_time() + WAIT_S
    while True:
        found = await run_in_threadpool(
            exported, services.settings, checkpoint.card, form, may_begin=may_begin
        )
        if not isinstance(found, ExportUnderWay):
            name = f"{services.task.name}-{version}-{form}.zip"
            return FileResponse(found, media_type="application/zip", filename=name)
        if anyio.current_time() >= give_up_at:
            return _later(version, form, found)
        await anyio.sleep(LOOK_EVERY_S)


def _later(version: str, form: Format, under_way: ExportUnderWay) -> Response:
    pending = ModelExport(
        version=version, format=form, state="making", seconds=round(under_way.seconds, 1)
    )
    return Response(
        pending.model_dump_json(),
        status_code=202,
        media_type="application/json",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
