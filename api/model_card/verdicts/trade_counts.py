"""What a challenger gains on new films and loses on remembered ones, counted."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class RightAnswers:
    """Of n films, how many were answered right: finding or none, and not referred."""

    site: Annotated[str, Field(description="Empty: films of no site, or of any.")]
    n: int
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class FallenClass:
    """A class of remembered films, and the share of them that is decided right, 0 to 1."""

    label: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class TradeCounts:
    """Held-out films alone; none of them was learned from."""

    here: Annotated[tuple[RightAnswers, ...], Field(description="New films, by site.")]
    remembered: Annotated[
        RightAnswers | None, Field(description="Of what was known; none: nothing is remembered.")
    ]
    fell_most: Annotated[
        FallenClass | None, Field(description="The class that lost most; none lost a point.")
    ]
