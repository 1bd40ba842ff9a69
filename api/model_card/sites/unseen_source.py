"""What a checkpoint's answers are worth at a source that it did not learn from."""

from pydantic import Field

from api.model_card.base import CardPart, Interval
from api.model_card.row_report import Share


class UnseenSource(CardPart):
    """Shares of its films by what they were answered, as served; what is referred is neither
    positive nor negative."""

    name: str
    healthy_positive: Share = Field(description="Healthy films called positive.")
    healthy_negative: Share = Field(description="Healthy films answered negative.")
    healthy_referred: Share
    finding_negative: Share = Field(description="Films with a finding called negative.")
    finding_referred: Share
    auroc: float | None = Field(description="None: films of one kind only.")
    auroc_interval: Interval | None = Field(description="Of 95 % (DeLong).")
