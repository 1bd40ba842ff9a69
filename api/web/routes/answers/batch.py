"""`POST /predict/batch`: many films, each with its own answer or problem, in their order."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.serving.scheduling.work_pool import place_in
from api.web.deps import S
from api.web.problems import documented
from api.web.responses.batch_stream import CancellableStream, RecordedBatch, stream
from api.web.responses.content_negotiation import CSV, NDJSON, NegotiatedFormat, format_of
from api.web.responses.sites.site_requests import predictor_of
from api.web.routes.answers.predict import ANSWERS, OperatingPoint, Prevalence, Source
from api.web.schemas.answers.batch import BatchAnswer
from api.web.schemas.answers.rows import RowsAnswer
from api.web.uploads.batch_files import BatchFiles, only_file
from api.web.uploads.single_file import ROW_CONTENT

router = APIRouter(tags=["predictions"])

RESULT = "#/components/schemas/BatchResult"
RESULTS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": BatchAnswer | RowsAnswer,
        "description": "A result for every film; as lines or as a table they come one by one.",
        "content": {
            NDJSON: {"schema": {"$ref": RESULT}},
            CSV: {"schema": {"type": "string"}},
        },
        "headers": {"X-Batch-Films": {"schema": {"type": "integer"}}},
    }
}
# The body is taken apart here and not by the framework; see `spool.py`.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Films, or ZIP archives of films in any folders.",
                        }
                    },
                }
            },
            **ROW_CONTENT,
        },
    }
}


@router.post(
    "/predict/batch",
    dependencies=[place_in("batches")],
    responses=RESULTS | documented(400, 403, 406, 408, 413, 415, 422, 429, 503, 507),
    response_class=CancellableStream,
    openapi_extra=BODY,
)
async def predict_batch(
    request: Request,
    services: S,
    media_type: NegotiatedFormat,
    images: BatchFiles,
    operating_point: OperatingPoint = None,
    prevalence: Prevalence = None,
    source: Source = None,
) -> Response:
    """Classify many films with one version: `files`, or a ZIP of them.

    Each has an answer or a problem of its own, in the order they were sent. What is wrong with the
    batch as a whole is refused before the first film is read.
    """
    if own := ANSWERS.get(services.task.kind):
        return await own(request, await run_in_threadpool(only_file, images), services)
    recording = await predictor_of(
        request,
        services,
        operating_point=operating_point,
        prevalence=prevalence,
        source=source,
    )
    recording.predictor.check_policy()
    batch = RecordedBatch(services, recording)
    form = format_of(media_type, recording.predictor.card.classes)
    return CancellableStream(
        stream(services, images, batch.predict, form),
        media_type=form.media_type,
        headers={"X-Batch-Films": str(len(images))},
    )
