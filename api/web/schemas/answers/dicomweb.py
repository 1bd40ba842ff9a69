"""The answer of STOW-RS as plain JSON, for clients that want to know what was predicted."""

from pydantic import Field

from api.web.schemas.answers.batch import ImageProblem
from api.web.schemas.answers.predictions import Prediction
from api.web.schemas.base import Schema


class InstanceResult(Schema):
    """What became of one instance: an answer or a problem."""

    number: int = Field(description="Its place in the request, from 1.")
    sop_class_uid: str | None = Field(description="Null: it could not be read.")
    sop_instance_uid: str | None
    prediction: Prediction | None = None
    problem: ImageProblem | None = None


class StoreAnswer(Schema):
    """Every instance's result, in the order in which they were sent."""

    results: list[InstanceResult]
    answered: int
    refused: int
