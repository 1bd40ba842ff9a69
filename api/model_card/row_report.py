"""What a check of a task of tables reports: a checkpoint's figures on somebody's own rows."""

from pydantic import Field

from api.model_card.base import CardPart, Interval
from api.model_card.metrics import ClassMetrics
from api.model_card.sites.site_profile import SiteCheckVerdict


class Share(CardPart):
    """A part of `n` rows, with its 95 % interval (Wilson); both None where there are no rows."""

    n: int
    share: float | None
    interval: Interval | None


class RowReport(CardPart):
    """What a checkpoint does on a labelled table."""

    version: str
    n: int = Field(description="Labelled rows that could be read.")
    counts: dict[str, int] = Field(description="Rows per class.")
    skipped: dict[str, int] = Field(description="Lines that were left out, by reason.")
    accuracy: Share = Field(description="Rows whose most probable class is the true one.")
    card_accuracy: float | None = Field(description="The same on the card's own rows.")
    accepted: Share = Field(description="Rows that are answered and not referred.")
    accepted_error: Share = Field(description="Wrong ones among the accepted.")
    covered: Share = Field(description="Rows whose true class is among `possible_labels`.")
    max_error: float = Field(description="The bound of error that the card promises.")
    out_of_range: dict[str, int] = Field(
        description="Rows beyond the training range, by the number that is."
    )
    per_class: dict[str, ClassMetrics]
    confusion: tuple[tuple[int, ...], ...] = Field(
        description="Counts by [true class][most probable class]."
    )
    verdict: SiteCheckVerdict
    reasons: tuple[str, ...]
