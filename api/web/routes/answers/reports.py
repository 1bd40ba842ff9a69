"""An answer as DICOM instances, to be stored in the study of its film."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.dicom.apart import built
from api.dicom.requests import CaptureRequest, ReportRequest
from api.records.answers import predictions
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.deps import OfPictures, S
from api.web.problems import documented
from api.web.responses.stored_answers.images import activation, image_png
from api.web.responses.stored_answers.reports import DICOM, dicom_response, reported, source_of
from api.web.responses.stored_answers.shown import note_shown

router = APIRouter(tags=["predictions"])
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {DICOM: {}}, "description": "A file of PS3.10."}
}
# Of the film in a capture, its longer side.
CAPTURED_PX = 1024


@router.get(
    "/predictions/{prediction_id}/report.dcm",
    dependencies=[OfPictures, place_in("reports")],
    responses=FILE | documented(404, 422, 429, 503, 507),
    response_class=Response,
)
@runs_in("reports")
def get_report(prediction_id: str, request: Request, services: S) -> Response:
    """A structured report (TID 1500): finding, probabilities, decision, and which weights found it.

    Of the study of the film where `ROENTGEN_DICOM_LINKS` had its UIDs stored, else of its own.
    The patient is left empty: whoever stores it fills it in.
    """
    record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    note_shown(request, services, [record])
    instance = ReportRequest(reported(services, record), source_of(record))
    return dicom_response(built(instance), record.id, "report")


@router.get(
    "/predictions/{prediction_id}/secondary.dcm",
    dependencies=[OfPictures, place_in("reports")],
    responses=FILE | documented(404, 422, 429, 503, 507),
    response_class=Response,
)
@runs_in("reports")
def get_secondary_capture(prediction_id: str, request: Request, services: S) -> Response:
    """A secondary capture: the heat map over the film, if it was kept (`ROENTGEN_KEEP_IMAGES`),
    with "AI, research use" and the decision burnt in. Of the same study as the report."""
    record = predictions.get(services.records.database, prediction_id, task=services.task.name)
    note_shown(request, services, [record])
    image = image_png(services, record, side_px=CAPTURED_PX)
    instance = CaptureRequest(
        reported(services, record), source_of(record), image, activation(services, record)
    )
    return dicom_response(built(instance), record.id, "secondary")
