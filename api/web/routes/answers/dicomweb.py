"""`POST /dicom-web/studies`: STOW-RS in; each instance is answered as a film of `/predict` is."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from starlette.exceptions import HTTPException

from api.services import Services
from api.serving.scheduling.work_pool import place_in
from api.web.deps import OfPictures, S
from api.web.problems import documented
from api.web.responses.content_negotiation import preferred
from api.web.responses.dicomweb.instances import InstancePredictor
from api.web.responses.dicomweb.store_response import status_of, store_response
from api.web.responses.sites.site_requests import predictor_of
from api.web.routes.answers.predict import OperatingPoint, Prevalence, Source
from api.web.schemas.answers.dicomweb import InstanceResult, StoreAnswer
from api.web.uploads.dicom_instances import DICOM, ReceivedInstance, ReceivedInstances

router = APIRouter(prefix="/dicom-web", tags=["DICOMweb"])

DICOM_JSON, JSON = "application/dicom+json", "application/json"
RELATED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            f'multipart/related; type="{DICOM}"': {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "description": "A DICOM file (PS3.10) a part.",
                }
            }
        },
    }
}
_MODULE = {"schema": {"type": "object"}}
_ANSWER: dict[str, Any] = {"model": StoreAnswer, "content": {DICOM_JSON: _MODULE}}
_NONE = documented(409)[409]
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: _ANSWER | {"description": "Every instance has an answer."},
    202: _ANSWER | {"description": "Some have; the others are in the Failed SOP Sequence."},
    409: {
        "description": "No instance has an answer.",
        "content": _NONE["content"] | {DICOM_JSON: _MODULE},
    },
}


async def store_media_type(
    accept: Annotated[str, Header(description=f"{DICOM_JSON} (default) or {JSON}.")] = "*/*",
) -> str:
    """The form of the answer. Raises: HTTPException 406."""
    best = preferred(accept, (DICOM_JSON, JSON))
    if best is None:
        raise HTTPException(406, f"The answer can be had as {DICOM_JSON} or {JSON}; see 'Accept'.")
    return best


MediaType = Annotated[str, Depends(store_media_type)]
Study = Annotated[
    str, Path(pattern=r"^[0-9.]{1,64}$", description="The study that all instances are of.")
]


@router.post(
    "/studies",
    dependencies=[OfPictures, place_in("batches")],
    responses=ANSWERS | documented(400, 403, 404, 406, 408, 413, 415, 422, 429, 503, 507),
    response_class=Response,
    openapi_extra=RELATED,
)
async def store_instances(
    request: Request,
    services: S,
    media_type: MediaType,
    instances: ReceivedInstances,
    operating_point: OperatingPoint = None,
    prevalence: Prevalence = None,
    source: Source = None,
) -> Response:
    """Classify DICOM instances of any study (STOW-RS, PS3.18 10.5).

    Each is answered as `POST /predict` answers a film, and none is kept. Where destinations are
    set, structured report and secondary capture of each answer are sent there.
    """
    results = await _results(
        request, services, instances, None, operating_point, prevalence, source
    )
    return _response(results, media_type)


@router.post(
    "/studies/{study}",
    dependencies=[OfPictures, place_in("batches")],
    responses=ANSWERS | documented(400, 403, 404, 406, 408, 413, 415, 422, 429, 503, 507),
    response_class=Response,
    openapi_extra=RELATED,
)
async def store_instances_of_study(
    study: Study,
    request: Request,
    services: S,
    media_type: MediaType,
    instances: ReceivedInstances,
    operating_point: OperatingPoint = None,
    prevalence: Prevalence = None,
    source: Source = None,
) -> Response:
    """The same of one study; an instance of another one is refused."""
    results = await _results(
        request, services, instances, study, operating_point, prevalence, source
    )
    return _response(results, media_type)


async def _results(
    request: Request,
    services: Services,
    instances: Sequence[ReceivedInstance],
    study: str | None,
    operating_point: str | None,
    prevalence: float | None,
    source: str | None,
) -> list[InstanceResult]:
    recording = await predictor_of(
        request,
        services,
        operating_point=operating_point,
        prevalence=prevalence,
        source=source,
    )
    # A wrong operating point is refused before the first instance is read.
    recording.predictor.check_policy()
    predictor = InstancePredictor(services, recording, study)
    results = []
    async with aclosing(services.serving.batches.in_order(predictor.predict, instances)) as stream:
        async for result in stream:
            if services.serving.shutdown:
                raise HTTPException(503, "The server is being stopped; send it again.")
            results.append(result)
    return results


def _response(results: list[InstanceResult], media_type: str) -> Response:
    if media_type == DICOM_JSON:
        content = store_response(results)
    else:
        answered = sum(result.prediction is not None for result in results)
        found = StoreAnswer(results=results, answered=answered, refused=len(results) - answered)
        content = found.model_dump_json()
    return Response(content, status_code=status_of(results), media_type=media_type)
