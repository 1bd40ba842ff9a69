"""What goes over the wire. None of these classes is used inside."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Schema(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unreadable image",
                    "status": 422,
                    "detail": "The JPEG file is damaged or cut short; export the film again.",
                    "instance": "/predict",
                    "request_id": "0f8c2a7be1d94c55",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[dict[str, str]] | None = Field(
        None, description="One entry a field, file or class, where there are several."
    )
    job: str | None = Field(None, description="URL of the job that is in the way.")


class Timings(Schema):
    """Milliseconds."""

    decode_ms: float
    inference_ms: float
    total_ms: float


class Explanation(Schema):
    """Where the evidence for a class lies (class activation map)."""

    label: str
    heatmap: str = Field(description="URL of a PNG to lay over the film, for any class.")
    evidence: list[list[float]] = Field(
        description="Rows of places, top left first: what each adds to the logit of `label`, less "
        "the mean over the classes."
    )


class Prediction(Schema):
    """One answer about one film."""

    id: str
    filename: str
    label: str = Field(description="The most probable class.")
    confidence: float = Field(ge=0, le=1, description="Probability of `label`.")
    probabilities: dict[str, float] = Field(description="One a class, summing to 1.")
    score: float = Field(ge=0, le=1, description="1 - P(negative class).")
    decision: Literal["negative", "positive", "refer"] = Field(
        description="`score` against `threshold`; `refer`: a person must look, see `causes`."
    )
    causes: tuple[Literal["uncertain", "unlike", "poor_quality"], ...] = Field(
        description="Why it is referred; empty if it is not."
    )
    reasons: tuple[str, ...] = Field(description="All of it in plain words.")
    operating_point: str | None = Field(description="Name of the cut, see the model's card.")
    threshold: float | None = Field(description="Where the score is cut, at `prevalence`.")
    prevalence: float | None = Field(
        description="Share of films with a finding that probabilities and predictive values assume."
    )
    ppv: float | None = Field(description="Share of positive answers that are right, expected.")
    npv: float | None = Field(description="Share of negative answers that are right, expected.")
    unlikeness: float | None = Field(
        description="Distance to the training films over the limit; above 1 is referred."
    )
    model_version: str
    created_at: datetime
    timings: Timings
    explanation: Explanation | None = Field(
        None, description="Only with `explain=true`: where the network looked."
    )


class PredictionPage(Schema):
    """Newest first. `next_before` continues the list; null at its end."""

    predictions: list[Prediction]
    next_before: str | None


class FileOutcome(Schema):
    """What became of one uploaded file."""

    filename: str
    label: str | None
    outcome: Literal["stored", "duplicate", "near_duplicate", "conflict", "rejected"]
    reason: str | None = None
    sha256: str | None = None


class UploadResult(Schema):
    """What became of an upload. Files are independent: one rejected leaves the others stored."""

    stored: int
    duplicate: int
    near_duplicate: int = Field(description="The same film in another size or encoding.")
    conflict: int = Field(description="The same film with another class; kept aside.")
    rejected: int
    files: list[FileOutcome]
    counts: dict[str, int] = Field(description="Samples of each class, all uploads together.")


class Sample(Schema):
    """One labelled film."""

    sha256: str
    label: str
    filename: str
    size_bytes: int
    created_at: datetime
    patient_id: str | None
    source: str | None
    origin: str | None = Field(description="upload, import, folder or feedback.")
    added_by: str | None
    part: Literal["train", "holdout"] | None = Field(
        description="What it was drawn for; none: no retraining has seen it yet."
    )
    disputed: str | None = Field(
        description="The other class that the same film came with; until somebody decides, no "
        "retraining uses it."
    )


class SampleChange(Schema):
    """What was done to a sample."""

    at: datetime
    what: Literal["disputed", "resolved", "relabelled", "deleted"]
    before: str | None
    after: str | None
    remark: str
    changed_by: str | None


class SampleDetail(Sample):
    """One labelled film with its history, oldest change first."""

    thumbnail: str = Field(description="URL of a small picture.")
    history: list[SampleChange]


class SamplePage(Schema):
    """Samples, newest first."""

    samples: list[Sample]
    total: int = Field(description="How many fit the filter in all.")
    next_after: str | None = Field(description="Pass as `after` for the next page.")


class SampleDecision(BaseModel):
    """What a person decided about a sample."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(max_length=100, description="Its class; the one it has ends a dispute too.")
    remark: str = Field("", max_length=1000, description="Why; kept in the sample's history.")


class SampleFigures(Schema):
    """The collected training images of one class."""

    label: str
    count: int
    brightness: float | None = Field(description="Mean grey level, 0..255.")
    edge_density: float | None = Field(description="Share of pixels on an edge, 0..1.")
    histogram: list[float] | None = Field(description="Shares in 16 bins of 0..255.")
    examples: list[str] = Field(description="SHA-256 of the newest few; see their thumbnails.")


class SampleSummary(Schema):
    """What has been collected, by class in the task's order, and what a retraining needs."""

    total: int
    other_classes: int = Field(
        description="Samples of classes that the task does not have; no retraining uses them."
    )
    classes: list[SampleFigures]
    min_classes: int
    min_images: int
    ready: bool = Field(description="Whether `POST /retrain` would be accepted for size.")


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
