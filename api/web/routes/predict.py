"""`POST /predict` and the log of answers."""

from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from api.records import predictions
from api.serving import predict as serving
from api.web.deps import S
from api.web.names import shown_name
from api.web.problems import documented
from api.web.schemas import Prediction, PredictionPage

router = APIRouter(tags=["predictions"])


@router.post("/predict", responses=documented(400, 403, 413, 415, 422, 503, 507))
def predict(file: UploadFile, services: S) -> Prediction:
    """Classify one film (JPEG, PNG, BMP, TIFF or WebP)."""
    record = serving.predict(
        services.live.current(),
        services.database,
        file.file.read(services.limits.max_bytes + 1),
        filename=shown_name(file),
        limits=services.limits,
    )
    return Prediction.model_validate(record)


@router.get("/predictions", responses=documented(404, 422, 503))
def list_predictions(
    services: S,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(max_length=64, description="An id: what is older.")] = None,
) -> PredictionPage:
    """The answers that were given, newest first."""
    records = predictions.newest(services.database, limit=limit, before=before)
    return PredictionPage(
        predictions=[Prediction.model_validate(record) for record in records],
        next_before=records[-1].id if len(records) == limit else None,
    )


@router.get("/predictions/{prediction_id}", responses=documented(404, 422, 503))
def get_prediction(prediction_id: str, services: S) -> Prediction:
    """One answer."""
    return Prediction.model_validate(predictions.get(services.database, prediction_id))
