"""Feedback and the review queue over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.model_card.base import Interval
from api.web.schemas.answers.predictions import Prediction
from api.web.schemas.base import Schema
from api.web.schemas.training.samples import FileOutcome


class FeedbackGiven(BaseModel):
    """What somebody says that a film shows."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"label": "Normal", "remark": "Read by two people."}]},
    )

    label: str = Field(min_length=1, max_length=100, description="A class, or an alias of one.")
    remark: str = Field("", max_length=500)
    blinded: bool = Field(
        False,
        description="Whether the answer was hidden from whoever says this until now. It counts "
        "only where the server has shown them none about the film.",
    )


class Feedback(Schema):
    """What was said, and what came of it."""

    prediction_id: str
    label: str
    agrees: bool = Field(description="Whether the answer's label was the same.")
    remark: str
    blinded: bool = Field(description="Whether it counts as said without having seen the answer.")
    at: datetime
    sample: FileOutcome | None = Field(
        description="What became of the film as a training sample; null: it was not kept."
    )


class FeedbackTakenBack(Schema):
    """A word that does not count any more."""

    prediction_id: str
    label: str
    sample: str | None = Field(
        description="SHA-256 of the film that was a sample by it and is none any more; null: none."
    )


class ReviewItem(Schema):
    """An answer that waits for somebody's word."""

    id: str = Field(description="Of the answer.")
    prediction: Prediction | None = Field(
        description="The answer; null: hidden, as `blinded` was asked for."
    )
    priority: float = Field(ge=0, le=1, description="How much it is worth looking at.")
    why: list[str] = Field(description="Empty where the answer is hidden.")
    film: str | None = Field(description="URL of the film; null: it was not kept, or is a row.")
    row: str | None = Field(
        description="URL of the row's numbers; null: they were not kept, or it is a film."
    )


class ReviewQueue(Schema):
    """Those most worth a look first."""

    total: int = Field(description="How many films wait that fit.")
    without_film: int = Field(description="Of those that fit, how many were not kept.")
    items: list[ReviewItem]


class Agreement(Schema):
    """Of pairs of words about the same films."""

    n: int
    share: float | None = Field(description="Of pairs that are equal.")
    kappa: float | None = Field(
        description="Agreement beyond chance (Cohen 1960); null where chance alone gives it."
    )
    interval: Interval | None = Field(description="Of kappa, 95 % (Fleiss, Cohen & Everitt 1969).")


class ComparedReaders(Schema):
    """Two readers, or a reader and the model."""

    first: str
    second: str
    films: int
    blinded: int = Field(description="Films of which none of them had seen the answer.")
    finding: Agreement | None = Field(
        description="About finding or none; null: the task has no negative class."
    )
    label: Agreement = Field(description="About the class, of films to which both gave one.")


class ReadingAgreement(Schema):
    """Every two people who read the same film, then each with the model."""

    pairs: list[ComparedReaders]
