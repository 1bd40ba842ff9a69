"""Site profiles for a network that learned a site's films: made from answers that it gave without.

What a network says of films that it learned from is no ground to choose thresholds on. So the films
are dealt into parts, and each part is answered by a network that learned from the others (cross-
fitting); the films that were only validated on are answered by the network itself.
"""

from collections.abc import Callable

import numpy as np

from api.arrays import FloatArray
from api.evaluation.calibration import Calibration
from api.evaluation.metrics import DecisionRules
from api.evaluation.operating_points import BALANCED
from api.evaluation.sites.site_profile import (
    SITE_DISTANCE,
    UNLIKENESS,
    SiteFilms,
    cross_fitted,
    figures_of,
    fit_rules,
    site_points,
)
from api.inputs.discovery import LabelledImage
from api.model_card.card import Card
from api.model_card.sites.site_profile import SiteFit, missing_films
from api.tasks.task import Task
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import NewImages, Parent, TrainableTail
from api.training.assessment.decision_rules import SplitPredictions, referred_films
from api.training.assessment.measured_references import MeasuredReferences
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION, folds

PARTS = 3


def site_fits(
    assessment: Assessment,
    tail: TrainableTail,
    new: NewImages,
    parent: Parent,
    task: Task,
    *,
    unlearned: Callable[[NewImages], None],
) -> dict[str, SiteFit]:
    """A profile for each site with enough films that are not held out, by site.

    Args:
        tail: of the network; it is fitted anew in place, and left so.
        unlearned: makes the network what it is where only these films are learned from.
    """
    images = [*new.images[TRAIN], *new.images[VALIDATION]]
    enough = [site for site in sorted(new.sites) if not _missing(images, site, task)]
    if not enough:
        return {}
    logits = _logits(tail, new, assessment.calibration, unlearned)
    card = parent.card.model_copy(update=assessment.fields)
    seen = _predictions(images, logits, assessment, new, task)
    return {site: _fit(site, images, seen, card, task) for site in enough}


def _missing(images: list[LabelledImage], site: str, task: Task) -> str:
    own = [image.label == task.negative_class for image in images if image.source == site]
    return missing_films(sum(own), len(own) - sum(own))


def _logits(
    tail: TrainableTail,
    new: NewImages,
    calibration: Calibration,
    unlearned: Callable[[NewImages], None],
) -> dict[str, FloatArray]:
    """(classes,) of each film that is not held out, from networks that did not learn it."""
    validated = new.latents(VALIDATION)
    found = dict(zip(validated.sha256, tail(validated), strict=True))
    for part in folds(new.images[TRAIN], PARTS, seed=0):
        held = {image.sha256 for image in part}
        rest = [image for image in new.images[TRAIN] if image.sha256 not in held]
        unlearned(NewImages({TRAIN: rest, VALIDATION: [], HOLDOUT: []}, new.store, new.task))
        films = NewImages({TRAIN: part}, new.store, new.task).latents(TRAIN)
        found |= dict(zip(films.sha256, calibration.apply(tail(films)), strict=True))
    return found


def _predictions(
    images: list[LabelledImage],
    logits: dict[str, FloatArray],
    assessment: Assessment,
    new: NewImages,
    task: Task,
) -> SplitPredictions:
    """Of all films that are not held out, with their distances to the new references."""
    fields, store = assessment.fields, new.store
    measured = MeasuredReferences(fields["outliers"], fields["acquisition"], assessment.references)
    return SplitPredictions(
        np.stack([logits[image.sha256] for image in images]),
        np.array([task.target_of(image.label) for image in images], dtype=np.int64),
        [image.source for image in images],
        measured.ood_distances(store.early_features(images)),
        measured.site_distances(store.acquisition(images)),
    )


def _fit(
    site: str, images: list[LabelledImage], seen: SplitPredictions, card: Card, task: Task
) -> SiteFit:
    own = np.array([source == site for source in seen.sources])
    scores = 1 - seen.probabilities[:, task.negative_index]
    distances = {
        UNLIKENESS: (
            None
            if seen.distances is None or card.outliers is None
            else seen.distances / card.outliers.threshold
        ),
        SITE_DISTANCE: seen.site_distances,
    }
    films = SiteFilms(
        scores[own].astype(np.float64),
        (seen.targets != task.negative_index)[own],
        {name: v[own].astype(np.float64) for name, v in distances.items() if v is not None},
        np.zeros(int(own.sum()), dtype=bool),
    )
    wanted_rate = task.decision.wanted_rate
    rules = fit_rules(films, card, wanted_rate=wanted_rate)
    by_card = DecisionRules(task.labels, task.negative_index, card.operating_points, card.refer)
    before = np.where(
        referred_films(seen, by_card, card.outliers), np.nan, scores >= by_card.threshold
    )
    return SiteFit(
        version=card.version,
        n=len(films),
        healthy=int((~films.positive).sum()),
        findings=int(films.positive.sum()),
        verdict="go",
        operating_point=BALANCED,
        operating_points=site_points(films, card, rules, wanted_rate=wanted_rate),
        calibration=rules.calibration,
        refer=rules.refer,
        limits=rules.limits,
        prevalence=float(films.positive.mean()),
        before=figures_of(before[own], films.positive),
        after=figures_of(
            cross_fitted(films, card, BALANCED, wanted_rate=wanted_rate), films.positive
        ),
        manifest={
            image.sha256: image.label
            for image, is_own in zip(images, own.tolist(), strict=True)
            if is_own
        },
    )
