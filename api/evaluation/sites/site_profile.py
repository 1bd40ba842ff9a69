"""Making a site profile: thresholds, calibration, referred bands and limits from a site's films.

Few films say little: the calibration is held near the card's by a Gaussian prior, and thresholds
follow the calibration. Bands and limits are conformal quantiles, which hold for any number of
films.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from api.arrays import BoolArray, Float64Array, FloatArray, IntArray
from api.evaluation.intervals import wilson
from api.evaluation.operating_points import (
    BALANCED,
    EDGE,
    outer_thresholds,
    rates,
    site_bands,
    upper_quantile,
)
from api.model_card.base import Interval
from api.model_card.card import Card
from api.model_card.decision_rules import ReferRule
from api.model_card.sites.site_profile import OodLimit, SiteCalibration, SiteMetrics, SitePoint

DRAWS, FOLDS = 200, 5
# The prior of the calibration: standard deviations of its scale and of its shift.
SCALE_SPREAD, SHIFT_SPREAD = 0.5, 2.0
NO_CHANGE = np.array([1.0, 0.0])
# The order of films is kept, however badly it fits.
MIN_SCALE = 0.05
MAX_STEPS, STEP = 50, 1e-8
# Wrong answers among the films of each kind that a site's band allows, where so few can be proven.
MAX_ERROR = 0.05
# Share of a site's own films that its limits of distance may refuse.
MAX_REFUSED = 0.02
# Beyond that many limits of unlikeness other pictures pass, bones first; equipment has no end.
UNLIKENESS, SITE_DISTANCE = "unlikeness", "site_distance"
MAX_FACTOR = {UNLIKENESS: 1.05, SITE_DISTANCE: float("inf")}
CHOSEN_ON = "the site's films"


@dataclass(frozen=True, slots=True, eq=False)
class SiteImages:
    """What a version says about n films of one site.

    Attributes:
        scores: (n,) P(any finding) at the card's prevalence.
        positive: (n,) True where there is a finding.
        distances: by name (`unlikeness`, `site_distance`), (n,) over the card's limit.
        is_poor: (n,) True where the picture itself is referred.
    """

    scores: Float64Array
    positive: BoolArray
    distances: Mapping[str, Float64Array]
    is_poor: BoolArray

    def __len__(self) -> int:
        return len(self.scores)

    def where(self, rows: BoolArray | IntArray) -> "SiteImages":
        """The part of them that a mask or places select."""
        return SiteImages(
            self.scores[rows],
            self.positive[rows],
            {name: values[rows] for name, values in self.distances.items()},
            self.is_poor[rows],
        )


@dataclass(frozen=True, slots=True)
class FittedRules:
    """What decides at the site: thresholds by operating point, limits by distance."""

    thresholds: dict[str, float]
    calibration: SiteCalibration
    refer: ReferRule
    limits: dict[str, OodLimit]


def fit_rules(images: SiteImages, card: Card, *, wanted_rate: float) -> FittedRules:
    """A site's rules; both kinds are present. More films lead further from the card.

    Args:
        wanted_rate: sensitivity of `screening` and specificity of `confirm`, in (0, 1).
    """
    calibration = fit_calibration(images.scores, images.positive, prevalence=card.prevalence)
    return FittedRules(
        thresholds=site_thresholds(images, card, calibration, wanted_rate=wanted_rate),
        calibration=calibration,
        refer=site_bands(images.scores, images.positive, max_error=MAX_ERROR, chosen_on=CHOSEN_ON),
        limits={
            name: distance_limit(values, max_factor=MAX_FACTOR[name])
            for name, values in images.distances.items()
        },
    )


def fit_calibration(
    scores: Float64Array, positive: BoolArray, *, prevalence: float
) -> SiteCalibration:
    """Platt scaling (Platt 1999) of the score's log-odds, held near no change by a Gaussian prior.

    Both kinds weigh the same, so that an enriched sample is calibrated like any other. Between
    sites log-odds shift by `SHIFT_SPREAD` and stretch by `SCALE_SPREAD` before there is any film;
    each film then counts with its likelihood.

    Args:
        scores: (n,) P(any finding) at `prevalence`.
        positive: (n,) True where there is a finding; both kinds are present.
    """
    ratios = _log_odds(scores) - logit(prevalence)
    share = positive.mean()
    weights = np.where(positive, 0.5 / share, 0.5 / (1 - share))
    fitted = _most_probable(ratios, positive, weights)
    scale = max(float(fitted[0]), MIN_SCALE)
    # Of the score itself, at the card's prevalence again.
    return SiteCalibration(scale=scale, shift=float(fitted[1] + (1 - scale) * logit(prevalence)))


def _most_probable(
    ratios: Float64Array, positive: BoolArray, weights: Float64Array
) -> Float64Array:
    """(2,) scale and shift: Newton's steps, halved where they lead up; the loss is convex."""
    design = np.stack([ratios, np.ones_like(ratios)], axis=1)
    signs = np.where(positive, 1.0, -1.0)
    precision = np.array([SCALE_SPREAD, SHIFT_SPREAD]) ** -2.0

    def loss(found: Float64Array) -> float:
        margins = signs * (design @ found)
        prior = (precision * (found - NO_CHANGE) ** 2).sum() / 2
        return float((weights * np.logaddexp(0.0, -margins)).sum() + prior)

    found = NO_CHANGE.copy()
    for _ in range(MAX_STEPS):
        probabilities = expit(design @ found)
        gradient = design.T @ (weights * (probabilities - positive))
        gradient += precision * (found - NO_CHANGE)
        curvature = (design.T * (weights * probabilities * (1 - probabilities))) @ design
        step = np.linalg.solve(curvature + np.diag(precision), gradient)
        while loss(found - step) > loss(found) and np.abs(step).max() > STEP:
            step = step / 2
        found = found - step
        if np.abs(step).max() < STEP:
            break
    return found


def site_thresholds(
    images: SiteImages, card: Card, calibration: SiteCalibration, *, wanted_rate: float
) -> dict[str, float]:
    """A threshold on the score for each operating point of the card.

    `balanced` is the score whose calibrated odds are those that the card cuts at, so that it is
    drawn towards the card's as the calibration is. The two others are chosen as a card's are.
    """
    odds = _log_odds(card.operating_points[BALANCED].threshold)
    balanced = float(expit((odds - calibration.shift) / calibration.scale))
    found = {BALANCED: balanced} | outer_thresholds(
        images.scores, images.positive, balanced, wanted_rate=wanted_rate
    )
    return {name: float(np.clip(found[name], EDGE, 1 - EDGE)) for name in card.operating_points}


def distance_limit(distances: Float64Array, *, max_factor: float) -> OodLimit:
    """The factor on the card's limit beyond which at most 2 % of the site's other films lie.

    Beyond the limit of unlikeness a film is referred, beyond that of the site's equipment only the
    clearest are answered.

    A conformal quantile (Vovk et al. 2005): of fewer than 49 films even the farthest one bounds
    only a share of 1 / (n + 1), which is said, as is what a factor at `max_factor` refuses. It is
    never below 1.
    """
    n = len(distances)
    share = max(MAX_REFUSED, 1 / (n + 1))
    factor = min(max(1.0, upper_quantile(distances, share)), max_factor)
    beyond = (int((distances > factor).sum()) + 1) / (n + 1)
    return OodLimit(factor=factor, max_refused=max(share, beyond), n=n)


def site_points(
    images: SiteImages, card: Card, rules: FittedRules, *, wanted_rate: float
) -> dict[str, SitePoint]:
    """The thresholds with their intervals, and what they give on the films."""
    intervals = threshold_intervals(images, card, wanted_rate=wanted_rate)
    return {
        name: SitePoint(
            threshold=threshold,
            threshold_interval=intervals[name],
            card_threshold=card.operating_points[name].threshold,
            chosen_on=CHOSEN_ON,
            aim=card.operating_points[name].aim,
            **rates(images.scores, images.positive, threshold).model_dump(),
        )
        for name, threshold in rules.thresholds.items()
    }


def threshold_intervals(
    images: SiteImages, card: Card, *, wanted_rate: float, seed: int = 0
) -> dict[str, Interval]:
    """95 % of thresholds when films are drawn again within each kind (Efron 1979)."""
    rng = np.random.default_rng(seed)
    kinds = np.flatnonzero(images.positive), np.flatnonzero(~images.positive)
    drawn = []
    for _ in range(DRAWS):
        again = images.where(np.concatenate([rng.choice(kind, len(kind)) for kind in kinds]))
        calibration = fit_calibration(again.scores, again.positive, prevalence=card.prevalence)
        drawn.append(site_thresholds(again, card, calibration, wanted_rate=wanted_rate))
    ends = {
        name: np.percentile([thresholds[name] for thresholds in drawn], [2.5, 97.5])
        for name in card.operating_points
    }
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def decisions_by(rules: FittedRules, images: SiteImages, operating_point: str) -> Float64Array:
    """(n,) 1 positive, 0 negative, NaN referred."""
    threshold = rules.thresholds[operating_point]
    relative = {
        name: distances / rules.limits[name].factor for name, distances in images.distances.items()
    }
    referred = rules.refer.referred(images.scores, threshold, relative.get(SITE_DISTANCE))
    referred = referred | images.is_poor
    if UNLIKENESS in relative:
        referred |= relative[UNLIKENESS] > 1
    return np.where(referred, np.nan, images.scores >= threshold)


def cross_fitted(
    images: SiteImages, card: Card, operating_point: str, *, wanted_rate: float, seed: int = 0
) -> Float64Array:
    """What rules made without it decide about each film; (n,) as `decisions_by`."""
    rng = np.random.default_rng(seed)
    fold = np.empty(len(images), dtype=np.int64)
    for kind in (images.positive, ~images.positive):
        fold[kind] = rng.permutation(int(kind.sum())) % FOLDS
    decided = np.empty(len(images))
    for number in range(FOLDS):
        rules = fit_rules(images.where(fold != number), card, wanted_rate=wanted_rate)
        rows = fold == number
        decided[rows] = decisions_by(rules, images.where(rows), operating_point)
    return decided


def metrics_of(decided: Float64Array, positive: BoolArray) -> SiteMetrics:
    """Shares of decisions, as `decisions_by` gives them, about films of both kinds."""
    answered = ~np.isnan(decided)
    counted = {
        "healthy_called_positive": ((decided == 1)[~positive].sum(), (~positive).sum()),
        "findings_called_negative": ((decided == 0)[positive].sum(), positive.sum()),
        "referred": ((~answered).sum(), len(decided)),
        "answered_error": ((decided != positive)[answered].sum(), answered.sum()),
    }
    shares = {name: hits / n if n else None for name, (hits, n) in counted.items()}
    intervals = {name: wilson(int(hits), int(n)) for name, (hits, n) in counted.items()}
    return SiteMetrics(
        **shares, intervals={name: found for name, found in intervals.items() if found}
    )


def _log_odds(scores: FloatArray | float) -> Float64Array:
    return np.asarray(logit(np.clip(np.asarray(scores, dtype=np.float64), EDGE, 1 - EDGE)))
