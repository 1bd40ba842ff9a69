"""Site profiles made by hand."""

from datetime import UTC, datetime

from api.model_card.decision_rules import Band, ReferRule
from api.model_card.sites.site_profile import (
    OodLimit,
    SiteCalibration,
    SiteFit,
    SiteMetrics,
    SitePoint,
    SiteProfile,
)

BEFORE = SiteMetrics(
    healthy_called_positive=0.4,
    findings_called_negative=0.0,
    referred=0.3,
    answered_error=0.25,
    intervals={"healthy_called_positive": (0.3, 0.5), "referred": (0.2, 0.4)},
)
AFTER = SiteMetrics(
    healthy_called_positive=0.05,
    findings_called_negative=0.05,
    referred=0.2,
    answered_error=0.06,
    intervals={"healthy_called_positive": (0.01, 0.1), "referred": (0.1, 0.3)},
)


def fit(
    *,
    version: str = "v1",
    threshold: float = 0.9,
    low: float = 0.9,
    high: float = 0.9,
    scale: float = 1.0,
    shift: float = 0.0,
    factor: float = 1.5,
    objection: str = "",
) -> SiteFit:
    """A site whose scores are cut at `threshold`; refers scores from `low` to `high`."""
    return SiteFit(
        version=version,
        n=120,
        healthy=60,
        findings=60,
        verdict="caution",
        objection=objection,
        operating_point="balanced",
        operating_points={
            name: SitePoint(
                threshold=threshold,
                threshold_interval=(threshold - 0.05, threshold + 0.05),
                card_threshold=0.5,
                chosen_on="the site's films",
                sensitivity=0.8,
                specificity=0.95,
            )
            for name in ("balanced", "screening", "confirm")
        },
        calibration=SiteCalibration(scale=scale, shift=shift),
        refer=ReferRule(
            chosen_on="the site's films",
            n=120,
            max_error=0.05,
            unfamiliar_max_error=0.02,
            bands=(
                Band(max_error=0.02, low=0.01, high=0.99),
                Band(max_error=0.05, low=low, high=high),
            ),
        ),
        limits={
            name: OodLimit(factor=factor, max_refused=0.02, n=120)
            for name in ("unlikeness", "site_distance")
        },
        prevalence=0.5,
        before=BEFORE,
        after=AFTER,
        manifest={"0" * 64: "Normal"},
    )


def profile(*, site: str = "St. Anna", prevalence: float = 0.5, **changes: float) -> SiteProfile:
    """A profile of a fit with these changes."""
    return SiteProfile(
        id="st-anna-12345678-p1",
        site=site,
        created_at=datetime(2026, 11, 27, 9, tzinfo=UTC),
        by="api",
        reason="",
        prevalence=prevalence,
        prevalence_is_given=True,
        fit=fit(**changes),  # type: ignore[arg-type]
    )
