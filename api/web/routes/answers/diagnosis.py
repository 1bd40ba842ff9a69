"""`POST /api/diagnosis`: an image in, a class and its probability out, and nothing else."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.decision.diagnosis import diagnosis_of
from api.errors import ModelNotReady, NotFound
from api.inputs.images.formats import sniff
from api.kinds.by_name import kind_of
from api.served_tasks import ServedTasks
from api.services import Services
from api.tasks.missing_model import missing_model
from api.tasks.task import Task
from api.web.deps import SERVICES, Tasks
from api.web.problems import documented
from api.web.responses.recorded_predictions import predicted_alone
from api.web.schemas.state.tasks import Diagnosis
from api.web.uploads.single_file import DIAGNOSIS_BODY, DiagnosisImage

router = APIRouter(tags=["predictions"])


async def diagnosing(request: Request, tasks: Tasks, image: DiagnosisImage) -> Services:
    """The services of the task that a setting names.

    What is wrong with a request is said first: it would be so with a model too.

    Raises: NotFound if the task is not among those that are served, UnsupportedFormat,
        UnreadableImage or TooLarge if it has no model and this is no image, ModelNotReady if it
        has no model.
    """
    services: Services | None = request.scope.get(SERVICES)
    if services is None:
        task = _without_model(tasks)
        if kind_of(task.kind).has_pictures:
            sniff(image.content, max_bytes=tasks.settings.max_file_bytes)
        raise ModelNotReady(missing_model(task))
    return services


def _without_model(tasks: ServedTasks) -> Task:
    name = tasks.settings.diagnosis_task
    for task in tasks.without_model():
        if task.name == name:
            return task
    raise NotFound(
        f"The task '{name}' is not served here; name it in ROENTGEN_TASKS, or another one in "
        "ROENTGEN_DIAGNOSIS_TASK."
    )


HEADERS: dict[str, Any] = {
    "X-Decision": {
        "description": "`negative`, `positive`, or `refer`: a person must look.",
        "schema": {"type": "string"},
    },
    "X-Prediction-ID": {
        "description": "Under which the whole answer is found, with its reasons.",
        "schema": {"type": "string"},
    },
}


ANSWER: dict[int | str, dict[str, Any]] = {200: {"headers": HEADERS}}


# The address has been in use with a slash at its end, and is answered without one too.
@router.post("/api/diagnosis", include_in_schema=False, response_model=Diagnosis)
@router.post(
    "/api/diagnosis/",
    responses=ANSWER | documented(400, 403, 404, 408, 413, 415, 422, 429, 503, 507),
    response_model=Diagnosis,
    openapi_extra=DIAGNOSIS_BODY,
)
async def diagnose(
    request: Request,
    services: Annotated[Services, Depends(diagnosing)],
    image: DiagnosisImage,
) -> Response:
    """Say which class one image (field `image`) shows, and how likely that is.

    The class is the one that the operating point says. The whole answer, with its reasons, is
    kept under `X-Prediction-ID`: `GET /tasks/{task}/predictions/{id}`.
    """
    started = time.perf_counter()
    record = (await predicted_alone(request, services, image)).record
    # Only answers of former releases have none.
    assert record.threshold is not None
    prediction, confidence = diagnosis_of(
        record.probabilities,
        score=record.score,
        threshold=record.threshold,
        negative_class=services.task.negative_class,
    )
    services.serving.latencies.add(since=started)
    return Response(
        Diagnosis(prediction=prediction, confidence=confidence).model_dump_json(),
        media_type="application/json",
        headers={"X-Decision": record.decision, "X-Prediction-ID": record.id},
    )
