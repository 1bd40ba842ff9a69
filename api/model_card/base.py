"""What every part of a card is made of."""

from pydantic import BaseModel, ConfigDict

# Low end, high end.
Interval = tuple[float, float]


class CardPart(BaseModel):
    """Unchangeable, and strict about the names it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")
