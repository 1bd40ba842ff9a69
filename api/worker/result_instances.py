"""The DICOM instances that are sent of an answer: structured report and secondary capture."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.dicom.answers import ResultOfImage
from api.dicom.apart import built
from api.dicom.of_prediction import result_of
from api.dicom.requests import CaptureRequest, ReportRequest, ResultsRequest
from api.errors import AppError, NotFound, NothingToDeliver
from api.records.answers import predictions
from api.records.answers.predictions import PredictionRecord
from api.served_tasks import ServedTasks
from api.services import Services
from api.worker.built_once import BuiltOnce

# The longer side of a capture: 3 MB uncompressed.
CAPTURE_SIDE_PX = 1024


def result_instances(
    tasks: ServedTasks, built_before: BuiltOnce[Sequence[bytes]], payload: Mapping[str, Any]
) -> Sequence[bytes]:
    """Build them of a message of `api.pacs.outgoing`; the same ones each time.

    Args:
        built_before: what was built for another destination; answer and instance must be there
            all the same.

    Raises: NothingToDeliver where answer or instance are not there any more, DecoderFailed,
        ModelNotReady, StoreBusy, StorageFailed.
    """
    services = tasks.find(str(payload["task"]))
    if services is None:
        raise NothingToDeliver(f"The task '{payload['task']}' is not served any more.")
    prediction_id = str(payload["prediction"])
    image = services.outgoing.instance(prediction_id)
    try:
        record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    except NotFound as exc:
        raise NothingToDeliver("The answer was erased, so nothing is sent of it.") from exc
    key = services.task.name, prediction_id
    return built_before.of(key, lambda: _instances(services, record, image))


def _instances(services: Services, record: PredictionRecord, image: bytes) -> Sequence[bytes]:
    backend, limits = services.serving.backend, services.serving.limits
    answer, source = _answer(services, record), backend.source(image, limits)
    picture = backend.thumbnail(image, limits, side_px=CAPTURE_SIDE_PX)
    activation = predictions.activation_of(
        services.records.database, record.id, task=services.task.name
    )
    capture = CaptureRequest(answer, source, picture, activation)
    return ResultsRequest.split(built(ResultsRequest(ReportRequest(answer, source), capture)))


def _answer(services: Services, record: PredictionRecord) -> ResultOfImage:
    try:
        weights = services.storage.store.get(record.model_version).card.weights_sha256
    except AppError:
        # Its version was removed meanwhile.
        weights = ""
    return result_of(record, services.task, weights_sha256=weights)
