"""A second point on the line between two networks, for the sites whose films were learned.

What may answer everybody must forget next to nothing, so that little is left of what it learned of
a site. A version that answers that site alone may forget more of the others, and is read by rules
that the site's own films choose.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import keras

from api.model_card.base import Interval
from api.model_card.promotion_policy import Check, Verdict
from api.model_card.sites.site_profile import SiteFit
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import (
    NewImages,
    Parent,
    assess_retrained,
)
from api.training.assessment.comparison import GateComparison
from api.training.assessment.sites.cross_fit import cross_fitted
from api.training.assessment.sites.fitted_network import FittedNetwork
from api.training.assessment.sites.kept_kinds import keep_kinds
from api.training.assessment.sites.site_fits import site_fits
from api.training.assessment.weight_share import keep_share

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network as it was assessed and judged; `kept_change` is its share of the change.

    `fits` are the profiles that it is served with, by site; their version has no name yet.
    """

    assessment: Assessment
    verdict: Verdict
    kept_change: float
    fits: Mapping[str, SiteFit] = field(default_factory=dict)


def for_sites(
    candidate: Candidate,
    comparison: GateComparison,
    fitted: FittedNetwork,
    model: keras.Model,
    new: NewImages,
    parent: Parent,
    task: Task,
    recipe: Recipe,
    *,
    aurocs: Mapping[str, tuple[float, Interval]],
) -> Candidate:
    """What is published: a network for the sites alone, where the given one is not for everybody.

    Each network is judged once: the given one for everybody, the other one for the sites; it is
    never promoted for everybody. The network ends with the weights of what is returned.

    Args:
        aurocs: what `label_aurocs` gave.
    """
    is_accepted = _is_accepted(candidate.verdict, in_folds=bool(fitted.folds))
    if not is_accepted or recipe.max_forgotten_site is None:
        return candidate
    careful = model.get_weights()
    model.set_weights(fitted.after)
    chosen = keep_share(model, fitted, max_forgotten=recipe.max_forgotten_site)
    if chosen is None:
        model.set_weights(careful)
        return candidate
    keep_kinds(model, new, parent)
    assessment = assess_retrained(model, new, parent, task)
    seen = cross_fitted(model, fitted, new, parent, share=chosen.share) if fitted.folds else None
    fits = site_fits(seen, assessment, parent, task) if seen else {}
    verdict = comparison.verdict(assessment, fits, seen=seen, aurocs=aurocs)
    logger.info("judged for sites share=%.2f sites=%s", chosen.share, verdict.promoted_sites)
    if verdict.promoted_sites:
        return Candidate(assessment, _not_for_everybody(verdict), chosen.share, fits)
    model.set_weights(careful)
    return replace(candidate, verdict=_refused_for_sites(candidate.verdict, verdict))


def _is_accepted(verdict: Verdict, *, in_folds: bool) -> bool:
    """Whether a site's verdict hangs on what is learned, not on how many films there are; in folds
    more are judged than were held out."""
    return not verdict.promoted and any(
        (in_folds or site.checks[0].passed) and _labels_are_sound(site.checks)
        for site in verdict.sites
    )


def _labels_are_sound(checks: Sequence[Check]) -> bool:
    return all(check.passed for check in checks if "labels" in check.name)


def _not_for_everybody(verdict: Verdict) -> Verdict:
    if not verdict.promoted:
        return verdict
    detail = "Weights that forget less were judged for everybody, and did not pass."
    judged = Verdict.of((*verdict.checks, Check("judged for everybody", False, detail)))
    return judged.with_sites(verdict.sites, verdict.trade)


def _refused_for_sites(verdict: Verdict, of_sites: Verdict) -> Verdict:
    """The verdict on the network that is published, with what was judged for the sites instead."""
    other = Check(
        "weights and profile for the site",
        False,
        "That was measured with weights and a profile chosen for the site; kept are weights that "
        "forget less elsewhere.",
    )
    sites = [site.refused(other) for site in of_sites.sites]
    return Verdict.of(verdict.checks).with_sites(sites, verdict.trade)
