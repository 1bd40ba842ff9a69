"""A stored answer for other systems: as FHIR, and what its DICOM instances are built of."""

import json

from fastapi import Response
from starlette.exceptions import HTTPException

from api.dicom import fhir
from api.dicom.answers import ResultOfImage, SourceInstance
from api.dicom.of_prediction import result_of
from api.errors import InvalidCheckpoint, NotFound
from api.kinds.by_name import kind_of
from api.records.answers.predictions import PredictionRecord
from api.services import Services
from api.web.responses.content_negotiation import JSON, preferred

DICOM = "application/dicom"


def wants_fhir(accept: str) -> bool:
    """Whether the header `Accept` prefers it to the API's own JSON."""
    return preferred(accept, (JSON, fhir.MEDIA_TYPE)) == fhir.MEDIA_TYPE


def fhir_response(services: Services, record: PredictionRecord) -> Response:
    """An answer as a bundle.

    Raises: HTTPException 406 of a task of tables, which has no imaging study.
    """
    if not kind_of(services.task.kind).has_pictures:
        raise HTTPException(
            406, f"An answer about a row of a table is no imaging report; ask for {JSON}."
        )
    content = fhir.bundle(reported(services, record), source_of(record))
    media_type = f"{fhir.MEDIA_TYPE}; fhirVersion=4.0"
    return Response(json.dumps(content, ensure_ascii=False), media_type=media_type)


def dicom_response(content: bytes, prediction_id: str, purpose: str) -> Response:
    """A DICOM file to save."""
    name = f"roentgen-{prediction_id[:8]}-{purpose}.dcm"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=DICOM, headers=disposition)


def reported(services: Services, record: PredictionRecord) -> ResultOfImage:
    """What is reported; without the hash of weights that are not kept any more."""
    try:
        weights = services.storage.store.get(record.model_version).card.weights_sha256
    except (NotFound, InvalidCheckpoint):
        weights = ""
    return result_of(record, services.task, weights_sha256=weights)


def source_of(record: PredictionRecord) -> SourceInstance | None:
    """The instance that was answered; None: it was no DICOM, or its UIDs were not to be stored."""
    uids = record.dicom_source
    if not uids:
        return None
    return SourceInstance(
        uids["study_uid"], uids["series_uid"], uids["instance_uid"], uids["sop_class_uid"]
    )
