"""What is kept of requests, and for how long."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class RetentionSettings(BaseModel):
    """What is kept of requests, and for how long."""

    keep_images: Literal["none", "referred", "all"] = Field(
        "none",
        description="Films sent to `/predict` that are kept for feedback: `none`, `referred` "
        "or `all`.",
    )
    keep_images_days: float = Field(
        30.0, gt=0, description="How long a film is kept for feedback, in days."
    )
    keep_predictions_days: float = Field(
        0.0,
        ge=0,
        description="How long an answer is kept, with what was said about it, and an intake, in "
        "days; 0: for ever. What is counted in all stays.",
    )
    keep_filenames: Annotated[float, Field(ge=0, le=36_500)] | Literal["hashed", "always"] = Field(
        30.0,
        description="What becomes of file names, which may carry patients' names: kept so many "
        "days and then dropped; 0: never stored; `hashed`: stored as a keyed hash; `always`: kept.",
    )
    keep_addresses_days: float = Field(
        30.0,
        ge=0,
        le=36_500,
        description="How long the audit log keeps clients' addresses, in days; 0: neither it nor "
        "the server's log has them.",
    )
    keep_heatmaps_days: float = Field(
        90.0,
        ge=0,
        description="How long the data of an answer's heat map is kept, in days; 0: as long as "
        "the answer.",
    )
