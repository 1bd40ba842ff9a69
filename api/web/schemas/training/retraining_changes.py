"""Which held-out films a retraining changed the answer to, over the wire."""

from typing import Literal

from pydantic import Field

from api.web.schemas.base import Schema


class ChangedImage(Schema):
    """One held-out film, or row, before and after."""

    sha256: str
    source: str = Field(description="The site or data set that it is from.")
    remembered: bool = Field(
        description="Whether the model carries it along from earlier; false: it is a sample here."
    )
    truth: str = Field(description="Its label.")
    change: Literal["worse", "neither", "better"] = Field(
        description="`neither`: as right or as wrong as before, in another way."
    )
    before: str = Field(description="The most probable class then.")
    after: str = Field(description="The most probable class now.")
    finding_before: bool | None = Field(
        description="Whether a finding was decided, at the balanced operating point and without "
        "referrals; null: the task has no negative class."
    )
    finding_after: bool | None
    probabilities_before: dict[str, float]
    probabilities_after: dict[str, float]
    thumbnail: str | None = Field(description="URL of a small picture; null: it is not stored.")


class RetrainingChanges(Schema):
    """Champion and challenger on the same held-out films: whose answer changed, worst first."""

    job: str
    version: str | None = Field(description="The version that the retraining made.")
    compared_with: str | None = Field(description="The version that served when it began.")
    compared: int = Field(description="Held-out films that both were asked about.")
    worse: int
    neither: int
    better: int
    note: str = Field(description="What there is to know about the list, in a sentence.")
    changes: list[ChangedImage]
    next_offset: int | None = Field(description="Pass as `offset` for the next page.")
