"""A stored answer as it is shown to whoever asks: with their own newest word about it."""

from fastapi import Request

from api.records.answers import feedback
from api.records.answers.predictions import PredictionRecord
from api.services import Services
from api.web.principals import principal_of
from api.web.schemas.answers.predictions import OwnFeedback, Prediction


def stored_answer(request: Request, services: Services, record: PredictionRecord) -> Prediction:
    """The answer, with what whoever asks has said about it last. What others said stays hidden."""
    shown = Prediction.model_validate(record)
    word = feedback.newest_by(
        services.records.database,
        record.id,
        given_by=principal_of(request.scope).name,
        task=services.task.name,
    )
    if word is None:
        return shown
    own = OwnFeedback(
        label=word.label,
        agrees=services.task.fits(word.label, record.label),
        remark=word.remark,
        blinded=bool(word.blinded),
        at=word.at,
        sample=word.sample,
    )
    return shown.model_copy(update={"feedback": own})
