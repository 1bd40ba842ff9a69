"""What the local-site check reports: a checkpoint's figures on somebody's own films."""

from datetime import datetime

from pydantic import Field

from api.model_card.base import CardPart, Interval
from api.model_card.metrics import Curves, Metrics
from api.model_card.sites.site_profile import SiteCheckVerdict, SiteFit

# Exit codes of `python -m api evaluate`.
NO_GO, UNUSABLE = 3, 4


class Comparison(CardPart):
    """One figure here and in the card; `interval` is of 95 %."""

    figure: str
    here: float | None
    interval: Interval | None
    card: float | None


class Suggestion(CardPart):
    """What would fit these films better; None where they are too few to say."""

    threshold: float | None = Field(description="With the largest sensitivity + specificity - 1.")
    temperature: float | None = Field(
        description="What the log-odds of the score would be divided by; above 1: over-confident."
    )


class SiteReport(CardPart):
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
    verdict: SiteCheckVerdict
    reasons: tuple[str, ...]
    check: str | None = Field(
        None, description="By which `POST /sites/{name}?check=` finds it again for a day."
    )
    checked_at: datetime | None = Field(None, description="When a server measured it; null: none.")
    checked_by: str | None = Field(None, description="Who asked a server for it.")
    profile: SiteFit | None = Field(None, description="What these films would change here.")
    no_profile: str = Field("", description="Why there is none; empty: there is.")
