"""`/v2`: the Open Inference Protocol, so that its clients need not know this server."""

import time
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.errors import ModelNotReady, NotFound
from api.services import Services
from api.tasks.missing_model import missing_model
from api.version import VERSION
from api.web.deps import SERVICES, S, Tasks, services_of
from api.web.problems import documented
from api.web.responses.inference.content_encoding import is_packed, unpacked_body
from api.web.responses.inference.open_inference import (
    answers_to,
    input_metadata,
    inputs_of,
    output_metadata,
    outputs_of,
)
from api.web.responses.inference.tensor_requests import parse_request
from api.web.responses.inference.tensor_responses import encode_response
from api.web.responses.sites.site_requests import predictor_of
from api.web.schemas.answers.open_inference import ModelMetadata, Readiness, ServerMetadata

router = APIRouter(prefix="/v2", tags=["open inference protocol"])

HEADER_LENGTH = "Inference-Header-Content-Length"
PLATFORM = "keras_h5"
MODEL, VERSIONED = "/models/{task}", "/models/{task}/versions/{version}"
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["inputs"],
                    "properties": {
                        "id": {"type": "string"},
                        "inputs": {"type": "array", "items": {"type": "object"}},
                        "outputs": {"type": "array", "items": {"type": "object"}},
                        "parameters": {"type": "object"},
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
        "description": "Tensors, as JSON or with their bytes after it.",
    }
}


@router.get("")
async def server_metadata() -> ServerMetadata:
    """What answers here."""
    return ServerMetadata(name="roentgen", version=VERSION, extensions=["binary_tensor_data"])


@router.get("/health/live")
async def is_live() -> dict[str, bool]:
    """The process answers."""
    return {"live": True}


@router.get("/health/ready", responses=documented(503))
def is_ready(tasks: Tasks) -> dict[str, bool]:
    """The default task's model answers."""
    tasks.default.serving.live.current()
    return {"ready": True}


@router.get(MODEL, responses=documented(404, 422, 503))
@router.get(VERSIONED, responses=documented(404, 422, 503))
async def model_metadata(
    request: Request, task: str, tasks: Tasks, version: str | None = None
) -> ModelMetadata:
    """What a task's model takes and gives."""
    services = _task_of(request, task, tasks)
    card = services.predictor().predictor.card
    return ModelMetadata(
        name=task,
        versions=[_served(services, version)],
        platform=PLATFORM,
        inputs=input_metadata(services.task, card),
        outputs=output_metadata(card),
        parameters={"classes": list(card.classes)},
    )


@router.get(MODEL + "/ready", responses=documented(404, 422, 503))
@router.get(VERSIONED + "/ready", responses=documented(404, 422, 503))
async def model_ready(
    request: Request, task: str, tasks: Tasks, version: str | None = None
) -> Readiness:
    """Whether it answers now."""
    _served(_task_of(request, task, tasks), version)
    return Readiness(name=task, ready=True)


@router.post(
    MODEL + "/infer",
    responses=ANSWER | documented(400, 403, 404, 408, 413, 415, 422, 429, 503, 507),
    response_class=Response,
    openapi_extra=BODY,
)
@router.post(
    VERSIONED + "/infer",
    responses=ANSWER | documented(400, 403, 404, 408, 413, 415, 422, 429, 503, 507),
    response_class=Response,
    openapi_extra=BODY,
)
async def infer(
    request: Request, task: str, tasks: Tasks, services: S, version: str | None = None
) -> Response:
    """Predict for one or several inputs; all are answered, or none.

    An image is an element of the BYTES tensor `image`: its file, in base64 where the tensor is
    JSON. A row is a line of the tensor `row`.
    """
    _task_of(request, task, tasks)
    started = time.perf_counter()
    predictor = await predictor_of(request, services)
    served = _served(services, version)
    card = predictor.predictor.card
    budget = services.serving.memory_budget
    body = await budget.read(request)
    size = len(body)
    try:
        max_bytes = max_infer_bytes(services.settings.max_file_bytes)
        encoding = request.headers.get("content-encoding", "")
        if is_packed(encoding):
            # A few kilobytes may unpack to the largest body.
            room = max(0, max_bytes - size)
            budget.reserve(room)
            size += room
        body = await run_in_threadpool(unpacked_body, body, encoding, max_bytes=max_bytes)
        asked = await run_in_threadpool(parse_request, body, request.headers.get(HEADER_LENGTH))
        contents = inputs_of(asked, services, card)
        del body
        records = await answers_to(request, contents, services, predictor)
    finally:
        budget.release(size)
    content, header = encode_response(asked, outputs_of(records, card), model=task, version=served)
    services.serving.latencies.add(since=started)
    if header is None:
        return Response(content, media_type="application/json")
    return Response(
        content, media_type="application/octet-stream", headers={HEADER_LENGTH: str(header)}
    )


def max_infer_bytes(max_file_bytes: int) -> int:
    """The largest body: some of the largest files, or one in base64."""
    return 4 * max_file_bytes


def _task_of(request: Request, name: str, tasks: Tasks) -> Services:
    """The services of the task in the path, which the middleware has found.

    Raises: NotFound; ModelNotReady if it has no model yet.
    """
    services: Services = request.scope.get(SERVICES) or services_of(request)
    if services.task.name != name:
        for task in tasks.without_model():
            if task.name == name:
                raise ModelNotReady(missing_model(task))
        if wrong := tasks.unreadable().get(name):
            raise ModelNotReady(wrong)
        names = ", ".join(each.task.name for each in tasks)
        raise NotFound(f"There is no model '{name[:100]}' here; there are {names} (GET /tasks).")
    return services


def _served(services: Services, version: str | None) -> str:
    """The version that answers. Raises: ModelNotReady; NotFound if another one is asked for."""
    live = services.serving.live.current().version
    if version not in (None, live):
        raise NotFound(
            f"Version '{str(version)[:40]}' does not serve; '{live}' does. Promote it first, or "
            "leave the version out."
        )
    return live
