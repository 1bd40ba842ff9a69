"""The answer of `POST /predict/batch`."""

from pydantic import Field

from api.web.schemas.answers.predictions import Prediction
from api.web.schemas.base import Schema


class ImageProblem(Schema):
    """Why a film has no answer: what `POST /predict` would have said."""

    title: str
    status: int
    detail: str


class BatchResult(Schema):
    """What became of one film: an answer or a problem."""

    filename: str
    prediction: Prediction | None = None
    problem: ImageProblem | None = None


class BatchAnswer(Schema):
    """Every film's result, in the order in which the films were sent."""

    results: list[BatchResult]
    answered: int
    refused: int = Field(description="Films with a problem instead of a prediction.")
