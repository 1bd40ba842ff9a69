"""What a retraining would do, over the wire."""

from datetime import datetime

from pydantic import Field

from api.web.schemas.base import Schema


class RetrainingPlan(Schema):
    """What a retraining would learn from if it began now."""

    samples: dict[str, int] = Field(description="Of each class, and of coarse labels in use.")
    total: int
    sources: dict[str, int] = Field(description="The same by source; an empty name: none given.")
    no_site: str = Field(
        description="What to do so that a site can get a version of its own, where samples name "
        "none; empty: each names one, or a version is never of one site alone here."
    )
    new: int = Field(description="Of them, added since `since`.")
    relabelled: int = Field(
        description="Samples from before `since` that people gave another class, or one at last "
        "after a dispute. A film that was changed there and back does not count."
    )
    removed: int = Field(
        description="Samples that the retraining of then had and that were deleted, taken back, or "
        "came to be in dispute."
    )
    since: datetime | None = Field(
        description="When the newest retraining began that ended with a version; null: none did."
    )
    disputed: int = Field(description="Samples that await a decision; they are left out.")
    expected_seconds: float | None = Field(
        description="As long as the newest finished one took, longer where there are more "
        "samples now; null: none has finished."
    )
    memory_mb: float | None = Field(
        description="About the most memory that the trainer takes; null: not measured for this "
        "kind of task."
    )
    disk_mb: float | None = Field(
        description="About the disk that it takes for activations while it runs; null as above."
    )
    threads: int = Field(description="Threads of the trainer, at the lowest priority.")
    min_images: int
    min_classes: int
    ready: bool = Field(description="Whether there are enough.")
