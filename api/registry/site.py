"""What the local-site check reports: a checkpoint's figures on somebody's own films."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.registry.measures import Curves, Metrics
from api.registry.part import Interval

Verdict = Literal["go", "caution", "no-go"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Comparison(_Part):
    """One figure here and in the card; `interval` is of 95 %."""

    figure: str
    here: float | None
    interval: Interval | None
    card: float | None


class Suggestion(_Part):
    """What would fit these films better; None where they are too few to say."""

    threshold: float | None = Field(description="With the largest sensitivity + specificity - 1.")
    temperature: float | None = Field(
        description="What the log-odds of the score would be divided by; above 1: over-confident."
    )


class SiteReport(_Part):
    """What a checkpoint does on a labelled folder."""

    version: str
    n: int
    counts: dict[str, dict[str, int]] = Field(description="Films per source and label.")
    skipped: dict[str, int] = Field(description="Files that were left out, by reason.")
    operating_point: str
    threshold: float
    metrics: Metrics
    per_source: dict[str, Metrics]
    curves: Curves
    comparisons: tuple[Comparison, ...]
    suggestion: Suggestion
    verdict: Verdict
    reasons: tuple[str, ...]
