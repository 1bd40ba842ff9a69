"""A prediction that was just made, as it is answered."""

from api.serving.predictor import RecordedPrediction
from api.web.schemas.answers.predictions import DicomTags, Prediction


def answer_of(recorded: RecordedPrediction) -> Prediction:
    """The stored answer, with what is shown of a DICOM film's tags and not stored."""
    shown = Prediction.model_validate(recorded.record)
    if recorded.dicom is None:
        return shown
    return shown.model_copy(update={"dicom": DicomTags.model_validate(dict(recorded.dicom))})
