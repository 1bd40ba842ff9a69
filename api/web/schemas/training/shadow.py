"""What goes over the wire about a version in shadow."""

from datetime import datetime

from pydantic import Field

from api.model_card.base import Interval
from api.web.schemas.base import Schema


class ShadowedAnswer(Schema):
    """One answer about a film."""

    label: str
    decision: str
    score: float


class Disagreement(Schema):
    """A film that the version would have answered differently."""

    prediction: str = Field(description="URL of the answer that was given.")
    at: datetime
    filename: str
    answered_by: str = Field(description="The version that answered.")
    answer: ShadowedAnswer
    shadow: ShadowedAnswer = Field(description="What this version would have answered.")


class DecisionPair(Schema):
    """How often two decisions were about the same film."""

    answer: str
    shadow: str
    n: int


class ShadowReport(Schema):
    """A version in shadow, and how its answers would have differed from those that were given."""

    version: str
    is_running: bool
    started_at: datetime | None = Field(description="Null: it never ran in shadow.")
    started_by: str | None
    stopped_at: datetime | None
    problem: str | None = Field(description="Why it cannot be asked, in a sentence.")
    n: int = Field(description="Films that it was asked about and whose answers are stored.")
    dropped: int = Field(description="Films that it was not asked about, as others were waiting.")
    failed: int = Field(description="Films that it could not answer.")
    answered_by: list[str] = Field(description="Versions that the films were answered by.")
    agreement: float | None = Field(description="Share of films with the same decision.")
    agreement_interval: Interval | None = Field(description="Of 95 % (Wilson).")
    kappa: float | None = Field(
        description="Agreement of decisions beyond chance (Cohen 1960); null: not defined."
    )
    label_agreement: float | None = Field(
        description="Share of films with the same most probable class."
    )
    decisions: list[DecisionPair]
    disagreements: list[Disagreement] = Field(
        description="Films with another decision, at most as many as `limit`, the worst first."
    )
    cost: float | None = Field(
        description="Mean time of its network over that of reading and computing an answer."
    )
