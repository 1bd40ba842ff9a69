"""What a site's own films change about a decision."""

import math
from dataclasses import dataclass

import numpy as np

from api.arrays import Float64Array
from api.model_card.card import Card
from api.model_card.sites.site_profile import SiteProfile

# Log-odds of a score that is certain as far as float32 can tell.
MAX_LOG_ODDS = 30.0


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The profile that decides, or None; and a sentence about it for the answer."""

    profile: SiteProfile | None
    notice: str


def applied_rules(profile: SiteProfile, version: str) -> SiteRules:
    """A profile before films that `version` answers; it is not for another version."""
    if profile.version != version:
        return SiteRules(
            None,
            f"The profile of {profile.site} is not applied: it was made with "
            f"{profile.version}, and {version} answers. Check the site again.",
        )
    return SiteRules(
        profile,
        f"Decided by the profile of {profile.site}, made from {profile.fit.n} of its films on "
        f"{profile.created_at:%Y-%m-%d}.",
    )


def card_at_site(card: Card, profile: SiteProfile) -> Card:
    """The card with the site's operating points and referred bands.

    It has no figures: those of a hold-out are not of this site, the points have the site's own.
    """
    return card.model_copy(
        update={
            "operating_points": dict(profile.fit.operating_points),
            "refer": profile.fit.refer,
            "metrics": {},
        }
    )


def calibrated_score(score: float, profile: SiteProfile | None) -> float:
    """P(any finding) as the site's films say; keeps the order of films."""
    if profile is None or not 0.0 < score < 1.0:
        return score
    calibration = profile.fit.calibration
    odds = calibration.scale * math.log(score / (1 - score)) + calibration.shift
    return 1 / (1 + math.exp(-min(max(odds, -MAX_LOG_ODDS), MAX_LOG_ODDS)))


def calibrated_probabilities(
    probabilities: Float64Array, profile: SiteProfile | None, *, negative_index: int
) -> Float64Array:
    """(classes,) with the calibrated score; findings keep their shares of it."""
    if profile is None:
        return probabilities
    score = float(1 - probabilities[negative_index])
    calibrated = calibrated_score(score, profile)
    result = probabilities * (calibrated / score if score > 0 else 1.0)
    result[negative_index] = 1 - calibrated
    return np.asarray(result / result.sum())


def relative_distance(distance: float | None, name: str, profile: SiteProfile) -> float | None:
    """A distance in limits of the site where there are some; above 1 is beyond them."""
    limit = profile.fit.limits.get(name)
    return distance / limit.factor if distance is not None and limit is not None else distance
