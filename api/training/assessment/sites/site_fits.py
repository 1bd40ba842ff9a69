"""The profile that a retrained network is served with at a site, from the films that it learned.

What a network says of films that it learned from is no ground to choose thresholds on: what counts
is what the fold that left a film out says of it (`cross_fit`).
"""

import numpy as np

from api.evaluation.metrics import DecisionRules
from api.evaluation.operating_points import BALANCED
from api.evaluation.sites.site_fit import site_fit
from api.evaluation.sites.site_profile import (
    SITE_DISTANCE,
    UNLIKENESS,
    SiteImages,
)
from api.model_card.card import Card
from api.model_card.sites.site_profile import SiteCheckVerdict, SiteFit, missing_images
from api.tasks.task import Task
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import Parent
from api.training.assessment.decision_rules import SplitPredictions, referred_images
from api.training.assessment.sites.cross_fit import CrossFitted
from api.training.data.sample_set import SOURCE as NO_SITE


def site_fits(
    seen: CrossFitted, assessment: Assessment, parent: Parent, task: Task
) -> dict[str, SiteFit]:
    """A profile for each site with enough films that are not held out, by site."""
    card = parent.card.model_copy(update=assessment.fields)
    sites = sorted({*seen.predictions.sources} - {NO_SITE})
    return {site: _fit(site, seen, card, task) for site in sites if not _missing(seen, site, task)}


def _missing(seen: CrossFitted, site: str, task: Task) -> str:
    own = [image.label == task.negative_class for image in seen.images if image.source == site]
    return missing_images(sum(own), len(own) - sum(own))


def site_images(site: str, predictions: SplitPredictions, card: Card, task: Task) -> SiteImages:
    """Those of one site as a profile is made from them."""
    own = np.array([source == site for source in predictions.sources], dtype=bool)
    scores = 1 - predictions.probabilities[:, task.negative_index]
    distances = {
        UNLIKENESS: (
            None
            if predictions.distances is None or card.outliers is None
            else predictions.distances / card.outliers.threshold
        ),
        SITE_DISTANCE: predictions.site_distances,
    }
    return SiteImages(
        scores[own].astype(np.float64),
        (predictions.targets != task.negative_index)[own],
        {name: v[own].astype(np.float64) for name, v in distances.items() if v is not None},
        np.zeros(int(own.sum()), dtype=bool),
    )


def _fit(site: str, found: CrossFitted, card: Card, task: Task) -> SiteFit:
    images, seen = found.images, found.predictions
    own = np.array([source == site for source in seen.sources])
    scores = 1 - seen.probabilities[:, task.negative_index]
    xrays = site_images(site, seen, card, task)
    by_card = DecisionRules(task.labels, task.negative_index, card.operating_points, card.refer)
    before = np.where(
        referred_images(seen, by_card, card.outliers), np.nan, scores >= by_card.threshold
    )
    manifest = {
        image.sha256: image.label
        for image, is_own in zip(images, own.tolist(), strict=True)
        if is_own
    }
    return site_fit(
        xrays,
        card,
        before[own],
        manifest,
        operating_point=BALANCED,
        wanted_rate=task.decision.wanted_rate,
        verdict=SiteCheckVerdict.GO,
    )
