"""`POST /predict`, the log of answers, and their heat maps."""

import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Header, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import AwareDatetime

from api.arrays import FloatArray
from api.decision import heatmap
from api.decision.at_prevalence import at_prevalence
from api.dicom.fhir import MEDIA_TYPE
from api.errors import InvalidRequest
from api.model_card.table_card import TableCard
from api.privacy.erasure import erase_prediction
from api.records.answers import predictions
from api.records.answers.prediction_filter import PredictionFilter
from api.records.answers.predictions import PredictionRecord
from api.services import Services
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited
from api.web.deps import OfPictures, S, check_pictures, services_of
from api.web.links import link
from api.web.problems import documented
from api.web.responses.recorded_predictions import answer_of, predicted_alone
from api.web.responses.rows import answer_rows
from api.web.responses.stored_answers.images import activation
from api.web.responses.stored_answers.reports import fhir_response, wants_fhir
from api.web.responses.stored_answers.shown import note_shown
from api.web.responses.stored_answers.stored_answer import stored_answer
from api.web.schemas.answers.predictions import Explanation, Prediction, PredictionPage
from api.web.schemas.answers.rows import RowPrediction, RowsAnswer
from api.web.uploads.single_file import INPUT_BODY, SingleFile, UploadedFile, single_file

router = APIRouter(tags=["predictions"])
image_of = asynccontextmanager(single_file)


class ShortRoute(APIRoute):
    """Answers an image without parameters directly, where only its own dependencies are to run.

    Reading parameters and solving dependencies costs as much as a twentieth of the whole answer.
    Whatever is installed from outside is always run: dependencies of the application or of an
    including router, and overrides, lead to FastAPI's own handler.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request of this route."""
        ordinary = super().get_route_handler()
        # FastAPI asks again for each router that this route's router is included in, which may
        # have dependencies of its own.
        is_included = hasattr(self, "app")
        if self.dependencies or is_included:
            return ordinary

        async def handle(request: Request) -> Response:
            if request.scope["query_string"] or request.app.dependency_overrides:
                return await ordinary(request)
            services = services_of(request)
            async with image_of(request, services) as image:
                return await predict(request, image, services)

        return handle


PNG: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/png": {}},
        "description": "With transparency; hot is bright and opaque.",
    }
}
FHIR: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}
MAX_HEATMAP_PX = 2048

# What answers inputs that are no images.
ANSWERS: dict[str, Callable[[Request, UploadedFile, Services], Awaitable[Response]]] = {
    TableCard.input_kind: answer_rows
}

Explain = Annotated[bool, Query(description="Also say where the network looked.")]
OperatingPoint = Annotated[
    str | None,
    Query(max_length=40, description="Name of a cut in the model's card. Default: the setting."),
]
Prevalence = Annotated[
    float | None,
    Query(gt=0, lt=1, description="Expected share of films with a finding. Default: the setting."),
]
OtherPrevalence = Annotated[
    float | None,
    Query(
        gt=0, lt=1, description="Another expected share of films with a finding. Default: as asked."
    ),
]
Source = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        description="The site that the film is from: a hospital, a ward or a device.",
    ),
]


async def predict(
    request: Request,
    image: SingleFile,
    services: S,
    explain: Explain = False,
    operating_point: OperatingPoint = None,
    prevalence: Prevalence = None,
    source: Source = None,
) -> Response:
    """Classify one film (JPEG, PNG, BMP, TIFF, WebP or DICOM), or rows of a task of tables.

    A JSON object of numbers has one answer, a list of them a list, a CSV a result for each line.
    """
    if own := ANSWERS.get(services.task.kind):
        return await own(request, image, services)
    # From its last byte on: a slow line says nothing about the server.
    started = time.perf_counter()
    recorded = await predicted_alone(
        request,
        services,
        image,
        operating_point=operating_point,
        prevalence=prevalence,
        source=source,
    )
    shown = answer_of(recorded)
    if explain:
        # As it is stored, so that asking again later gives the same.
        stored = predictions.unpacked(predictions.packed(recorded.activation))
        shown = shown.model_copy(update={"explanation": _explanation(stored, recorded.record)})
    services.serving.latencies.add(since=started)
    return Response(shown.model_dump_json(), media_type="application/json")


def add_to(app: FastAPI) -> None:
    """Add `POST /predict` to the application itself: a route in a router is matched twice, and
    after those before it."""
    app.router.add_api_route(
        "/predict",
        predict,
        methods=["POST"],
        tags=["predictions"],
        responses=documented(400, 401, 403, 408, 413, 415, 422, 429, 503, 507),
        response_model=Prediction | RowPrediction | list[RowPrediction] | RowsAnswer,
        openapi_extra=INPUT_BODY,
        route_class_override=ShortRoute,
    )


@router.get("/predictions", responses=documented(404, 422, 503, 507))
def list_predictions(
    request: Request,
    services: S,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(max_length=64, description="An id: what is older.")] = None,
    name: Annotated[str | None, Query(max_length=200, description="Part of the file name.")] = None,
    decision: Annotated[Literal["negative", "positive", "accept", "refer"] | None, Query()] = None,
    label: Annotated[str | None, Query(max_length=100, description="A class.")] = None,
    version: Annotated[str | None, Query(max_length=32, description="Who answered.")] = None,
    source: Annotated[str | None, Query(max_length=100, description="A site.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="The first moment.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="The first one after it.")] = None,
) -> PredictionPage:
    """The answers that were given, newest first; all of them, or those that fit."""
    records = predictions.newest(
        services.records.database,
        limit=limit,
        before=before,
        task=services.task.name,
        filters=PredictionFilter(name, decision, label, version, source, since, until),
    )
    note_shown(request, services, records)
    return PredictionPage(
        predictions=[Prediction.model_validate(record) for record in records],
        next_before=records[-1].id if len(records) == limit else None,
    )


@router.get(
    "/predictions/{prediction_id}",
    response_model=Prediction,
    responses=FHIR | documented(404, 406, 422, 503, 507),
)
def get_prediction(
    prediction_id: str,
    request: Request,
    services: S,
    explain: Explain = False,
    prevalence: OtherPrevalence = None,
    accept: Annotated[
        str, Header(description=f"{MEDIA_TYPE}: a bundle of FHIR R4. Default: JSON.")
    ] = "*/*",
) -> Prediction | Response:
    """One answer; with `prevalence` as it would be for that share of films with a finding.

    Nothing is stored of that, and no film is read again. Which films are called positive, and which
    are referred, does not depend on it.
    """
    record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    if prevalence is not None:
        negative_class = services.task.negative_class
        record = at_prevalence(record, prevalence, negative_class=negative_class)
    note_shown(request, services, [record])
    if wants_fhir(accept):
        return fhir_response(services, record)
    answer = stored_answer(request, services, record)
    if not explain:
        return answer
    check_pictures(services)
    shown = _explanation(activation(services, record), record)
    return answer.model_copy(update={"explanation": shown})


@router.delete(
    "/predictions/{prediction_id}",
    status_code=204,
    responses=documented(403, 404, 422, 503, 507),
)
def delete_prediction(prediction_id: str, services: S, audit: Audited) -> None:
    """Erase an answer: its row, heat map, feedback, intakes, and the film that was kept of it.

    `num_predictions` goes on counting it. A sample that came of it stays: delete it by its hash.
    """
    gone = erase_prediction(
        services.records.database,
        services.storage.retained_images,
        prediction_id,
        task=services.task.name,
        outgoing_dir=services.settings.outgoing_dir,
        shared_outgoing=services.outgoing.shared,
    )
    audit.record(Action.DELETE_PREDICTION, gone.id)


@router.get(
    "/predictions/{prediction_id}/heatmap.png",
    dependencies=[OfPictures, place_in("pictures")],
    responses=PNG | documented(404, 422, 429, 503, 507),
    response_class=Response,
)
@runs_in("pictures")
def get_heatmap(
    prediction_id: str,
    request: Request,
    services: S,
    label: Annotated[
        str | None, Query(max_length=100, description="A class. Default: the answer's label.")
    ] = None,
    width: Annotated[int, Query(ge=7, le=MAX_HEATMAP_PX, description="Pixels.")] = 224,
    height: Annotated[int, Query(ge=7, le=MAX_HEATMAP_PX, description="Pixels.")] = 224,
) -> Response:
    """Where the evidence for a class lies, as a picture to stretch over the whole film."""
    record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    note_shown(request, services, [record])
    drawn = heatmap.render(
        activation(services, record),
        _class_index(record, label or record.label),
        height=height,
        width=width,
    )
    return Response(drawn, media_type="image/png")


def _explanation(places: FloatArray, record: PredictionRecord) -> Explanation:
    shown = heatmap.evidence(places, _class_index(record, record.label))
    return Explanation(
        label=record.label,
        heatmap=link(f"/predictions/{record.id}/heatmap.png"),
        evidence=shown.round(3).tolist(),
    )


def _class_index(record: PredictionRecord, label: str) -> int:
    # Probabilities are kept in the order of the network's outputs.
    labels = list(record.probabilities)
    if label not in labels:
        raise InvalidRequest(f"There is no class '{label}'; there are {', '.join(labels)}.")
    return labels.index(label)
