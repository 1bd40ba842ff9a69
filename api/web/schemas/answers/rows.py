"""Answers about rows of a table."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.web.schemas.answers.batch import ImageProblem
from api.web.schemas.answers.predictions import Timings
from api.web.schemas.base import Schema


class RowPrediction(Schema):
    """One answer about one row."""

    id: str
    filename: str = Field(description="What the row is called, and where it stood.")
    predicted_class: str = Field(description="The most probable class.")
    confidence: float = Field(ge=0, le=1, description="Probability of `predicted_class`.")
    probabilities: dict[str, float] = Field(description="One a class, summing to 1.")
    possible_labels: tuple[str, ...] = Field(
        description="Those that it may be at the card's bound of error (conformal prediction), the "
        "most probable first."
    )
    decision: Literal["accept", "negative", "positive", "refer"] = Field(
        description="`accept`, or where the task has a negative class `negative` or `positive`; "
        "`refer`: a person must look, see `causes`."
    )
    causes: tuple[Literal["uncertain", "out_of_range"], ...] = Field(
        description="Why it is referred; empty if it is not."
    )
    reasons: tuple[str, ...] = Field(description="All of it in plain words.")
    out_of_range: tuple[str, ...] = Field(
        description="Numbers that lie beyond the training range by more than three standard "
        "deviations."
    )
    model_version: str
    created_at: datetime
    timings: Timings


class RowResult(Schema):
    """What became of one line of a table: an answer or a problem."""

    line: int = Field(description="Its number in the file.")
    name: str = Field(description="What its column `id` says.")
    prediction: RowPrediction | None = None
    problem: ImageProblem | None = None


class RowsAnswer(Schema):
    """Every line's result, in the table's order."""

    results: list[RowResult]
    answered: int
    refused: int = Field(description="Lines with a problem instead of a prediction.")
