"""A site profile: what a hospital's own films change about decisions on films from there."""

from datetime import datetime

from pydantic import Field

from api.model_card.base import CardPart, Interval
from api.model_card.decision_rules import OperatingPoint, ReferRule
from api.tasks.states import State


class SiteCheckVerdict(State):
    """What a check says of a checkpoint at a site."""

    GO = "go"
    CAUTION = "caution"
    NO_GO = "no-go"


# Films of each kind, healthy and with a finding, that a profile is made from at least. 19 are what
# a bound of one error in twenty needs.
MIN_PROFILE_IMAGES = 20


class SitePoint(OperatingPoint):
    """An operating point at a site; `sensitivity` and `specificity` are of the site's films."""

    threshold_interval: Interval = Field(description="95 %, by resampling the films.")
    card_threshold: float


class SiteCalibration(CardPart):
    """logit(P(finding)) = scale * logit(score) + shift, at the card's prevalence (Platt 1999)."""

    scale: float = Field(gt=0)
    shift: float


class OodLimit(CardPart):
    """How far beyond the card's limit films of this site may lie.

    A distance is divided by `factor`; `max_refused` is the share of the site's other films that is
    refused at most, in expectation.
    """

    factor: float = Field(ge=1)
    max_refused: float
    n: int


class SiteMetrics(CardPart):
    """What is decided about labelled films; intervals are of 95 % (Wilson)."""

    healthy_called_positive: float
    findings_called_negative: float
    referred: float
    answered_error: float | None = Field(description="Share of wrong answers; None: none is given.")
    intervals: dict[str, Interval]


class SiteFit(CardPart):
    """What films of a site say about a version; thresholds and bands are of the card's score."""

    version: str
    n: int
    healthy: int
    findings: int
    verdict: SiteCheckVerdict
    objection: str = Field(
        "", description="Why a profile does not help here; empty: nothing speaks against it."
    )
    operating_point: str = Field(description="Of `before` and `after`.")
    operating_points: dict[str, SitePoint]
    calibration: SiteCalibration
    refer: ReferRule
    limits: dict[str, OodLimit] = Field(
        description="Of `unlikeness` and `site_distance`, as far as the card measures them."
    )
    prevalence: float = Field(gt=0, lt=1, description="Share of the films with a finding.")
    before: SiteMetrics = Field(description="As the card decides.")
    after: SiteMetrics = Field(
        description="By profiles made without the film that is judged (cross-fitting)."
    )
    manifest: dict[str, str] = Field(description="Label of each film, by its SHA-256.")


class SiteProfile(CardPart):
    """A fit that is applied to the films of a site."""

    id: str
    site: str
    created_at: datetime
    by: str
    reason: str
    forced: bool = Field(
        False,
        description="Whether it was made in spite of an objection, of the films or of the gate.",
    )
    prevalence: float = Field(gt=0, lt=1, description="Share of films with a finding there.")
    prevalence_is_given: bool = Field(description="False: the share in the films.")
    fit: SiteFit

    @property
    def version(self) -> str:
        """The version that it is about; it means nothing for another one."""
        return self.fit.version

    @property
    def is_passed_check(self) -> bool:
        """Whether the films spoke for the version, and nobody used it in spite of them."""
        return not self.forced and self.fit.verdict != SiteCheckVerdict.NO_GO


def missing_images(healthy: int, findings: int) -> str:
    """What keeps films from making a profile, in a sentence; empty: nothing does."""
    kinds = {"with a finding": findings, "without one": healthy}
    missing = [
        f"{MIN_PROFILE_IMAGES - count} more {kind} (there are {count})"
        for kind, count in kinds.items()
        if count < MIN_PROFILE_IMAGES
    ]
    if not missing:
        return ""
    return (
        f"A site profile needs {MIN_PROFILE_IMAGES} films of each kind; send "
        f"{' and '.join(missing)}."
    )
