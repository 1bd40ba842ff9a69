"""Training images over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.records.training_images.sample_history import SampleChangeKind
from api.samples.outcomes import FileState
from api.web.schemas.base import Schema


class FileOutcome(Schema):
    """What became of one uploaded file."""

    filename: str
    label: str | None
    outcome: FileState
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
    filename: str = Field(description="Empty once it was dropped (`ROENTGEN_KEEP_FILENAMES`).")
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
    what: SampleChangeKind
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


class DeletedSample(Schema):
    """A film that was deleted and can come back: `POST /samples/{sha256}/restore`."""

    sample: Sample
    deleted_at: datetime
    deleted_by: str | None
    remark: str
    until: datetime = Field(description="When its file is removed for good.")
    thumbnail: str = Field(description="URL of a small picture.")


class DeletedSamples(Schema):
    """Films that can come back, the newest deletion first."""

    samples: list[DeletedSample]


class SampleDecision(BaseModel):
    """What a person decided about a sample."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(max_length=100, description="Its class; the one it has ends a dispute too.")
    remark: str = Field("", max_length=1000, description="Why; kept in the sample's history.")


class ClassSummary(Schema):
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
    classes: list[ClassSummary]
    min_classes: int
    min_images: int
    ready: bool = Field(description="Whether `POST /retrain` would be accepted for size.")
