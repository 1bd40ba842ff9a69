"""Feedback and the review queue over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.web.schemas.answers.predictions import Prediction
from api.web.schemas.base import Schema
from api.web.schemas.teaching.samples import FileOutcome


class FeedbackGiven(BaseModel):
    """What somebody says that a film shows."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"label": "Normal", "remark": "Read by two people."}]},
    )

    label: str = Field(min_length=1, max_length=100, description="A class, or an alias of one.")
    remark: str = Field("", max_length=500)


class Feedback(Schema):
    """What was said, and what came of it."""

    prediction_id: str
    label: str
    agrees: bool = Field(description="Whether the answer's label was the same.")
    remark: str
    at: datetime
    sample: FileOutcome | None = Field(
        description="What became of the film as a training sample; null: it was not kept."
    )


class ReviewItem(Schema):
    """An answer that nobody has said anything about."""

    prediction: Prediction
    priority: float = Field(ge=0, le=1, description="How much it is worth looking at.")
    why: list[str]
    film: str | None = Field(description="URL of the film; null: it was not kept.")


class ReviewQueue(Schema):
    """Those most worth a look first; `total` counts the films that wait."""

    total: int
    items: list[ReviewItem]
