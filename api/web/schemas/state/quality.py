"""What goes over the wire about drift, and about how often answers are right."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.model_card.base import Interval
from api.web.schemas.base import Schema

Figure = Literal["acquisition", "nearness", "score", "ood_score", "classes", "referrals"]
Window = Literal["last 200", "last 1000", "7 days"]


class FigureDrift(Schema):
    """How far one figure of some answers is from what it is held against."""

    figure: Figure = Field(
        description="How films were made (`acquisition`, `nearness`), the score, the distance to "
        "learned films: against the checkpoint's reference. Shares of classes and of referrals: "
        "against the version's own answers before the window."
    )
    distance: float = Field(
        description="The effect: maximum mean discrepancy (`acquisition`), Kolmogorov-Smirnov "
        "distance (`nearness`, `score`, `ood_score`), or share of answers that would have to be "
        "others (`classes`, `referrals`)."
    )
    threshold: float | None = Field(description="Above it is drift; null: too little to tell.")
    excess: float | None = Field(description="Distance over threshold.")
    drifted: bool
    here: dict[str, float] = Field(description="Shares in the window, where it is about shares.")
    known: dict[str, float] = Field(description="Shares in what it is held against.")


class DriftWindow(Schema):
    """Some of the newest answers of the version that serves."""

    window: Window
    n: int = Field(description="Answers that were looked at; a week's are sampled evenly.")
    since: datetime = Field(description="When the oldest of them was given.")
    figures: list[FigureDrift]


class DriftPoint(Schema):
    """One figure of one window, when it was looked at."""

    at: datetime
    model_version: str
    window: Window
    figure: Figure
    excess: float


class Drift(Schema):
    """Whether the newest answers of the version that serves still look as known."""

    model_version: str | None = Field(description="Null: nothing was looked at yet.")
    checked_at: datetime | None
    drifted: bool
    reasons: list[str] = Field(description="What drifted, a sentence each.")
    windows: list[DriftWindow] = Field(description="Those with enough answers.")
    history: list[DriftPoint] = Field(description="Of former looks, the oldest first.")


class EstimatedAccuracy(Schema):
    """Share of decisions that are right, as estimated without labels."""

    n: int
    accuracy: float
    interval: Interval = Field(description="Of 95 %.")


class RealisedAccuracy(Schema):
    """Share of decisions that people's newest words agree with."""

    n: int
    accuracy: float | None
    interval: Interval | None = Field(description="Of 95 % (Wilson).")
    selection: str = Field(description="Why it is not that of all films.")


class Quality(Schema):
    """How often the newest decisions of the version that serves are right: finding or none."""

    model_version: str
    n: int = Field(description="Answers that were looked at, at most 1000.")
    decided: int = Field(description="Those that were not referred.")
    since: datetime | None
    blanked: list[str] = Field(
        description="Why nothing is estimated, a sentence each; empty: it is."
    )
    expected: EstimatedAccuracy | None = Field(
        description="By calibrated probabilities (CBPE; Kivimäki et al. 2025)."
    )
    thresholded: EstimatedAccuracy | None = Field(
        description="By average thresholded confidence (ATC; Garg et al. 2022); null also where "
        "the card has no threshold for it."
    )
    realised: RealisedAccuracy
