"""A prediction of a request's one image: made, stored, and as it is answered."""

from starlette.requests import Request

from api.services import Services
from api.serving.predictor import RecordedPrediction
from api.web.responses.client_disconnect import unless_disconnected
from api.web.responses.sites.site_requests import predictor_of
from api.web.schemas.answers.predictions import DicomTags, Prediction
from api.web.uploads.single_file import UploadedFile


async def predicted_alone(
    request: Request,
    services: Services,
    image: UploadedFile,
    *,
    operating_point: str | None = None,
    prevalence: float | None = None,
    source: str | None = None,
) -> RecordedPrediction:
    """Predict the image for whoever asks, unless they leave; returns once it is committed.

    Raises: what reading, deciding and storing it raise; Forbidden where the source is not that of
        the key.
    """
    compute = services.serving.compute
    predictor = await predictor_of(
        request,
        services,
        operating_point=operating_point,
        prevalence=prevalence,
        source=source,
    )
    return await predictor.predict(
        image.filename,
        lambda: image.content,
        run=lambda work: unless_disconnected(request, compute.submit(work)),
        is_alone=lambda: compute.in_flight == 1,
    )


def answer_of(recorded: RecordedPrediction) -> Prediction:
    """The stored answer, with what is shown of a DICOM film's tags and not stored."""
    shown = Prediction.model_validate(recorded.record)
    if recorded.dicom is None:
        return shown
    return shown.model_copy(update={"dicom": DicomTags.model_validate(dict(recorded.dicom))})
