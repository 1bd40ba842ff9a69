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
from api.model_card.promotion_policy import Check, SiteVerdict, Verdict
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
from api.training.assessment.sites.corrected_kinds import correct_kinds
from api.training.assessment.sites.cross_fit import cross_fitted
from api.training.assessment.sites.fitted_network import FittedNetwork, Weights
from api.training.assessment.sites.site_fits import site_fits
from api.training.assessment.weight_share import keep_share

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network as it was assessed and judged; `kept_change` is its share of the change.

    `fits` are the profiles that it was judged with, by site; their version has no name yet.
    """

    assessment: Assessment
    verdict: Verdict
    kept_change: float
    weights: Weights = field(repr=False)
    fits: Mapping[str, SiteFit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is published of a retraining.

    Attributes:
        chosen: what the verdict is about.
        beside: the one that was judged for the sites, where none of them gets it: a person who saw
            its figures may decide otherwise.
    """

    chosen: Candidate
    beside: Candidate | None = None


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
) -> Candidates:
    """What is published: a network for the sites alone, where the given one is not for everybody.

    Each network is judged once: the given one for everybody, the other one for the sites; it is
    never promoted for everybody.

    Args:
        aurocs: what `label_aurocs` gave.
    """
    is_accepted = _is_accepted(candidate.verdict, in_folds=bool(fitted.folds))
    if not is_accepted or recipe.max_forgotten_site is None:
        return Candidates(candidate)
    model.set_weights(fitted.after)
    chosen = keep_share(model, fitted, max_forgotten=recipe.max_forgotten_site)
    if chosen is None:
        return Candidates(candidate)
    correct_kinds(model, new, parent)
    assessment = assess_retrained(model, new, parent, task)
    seen = cross_fitted(model, fitted, new, parent, share=chosen.share) if fitted.folds else None
    fits = site_fits(seen, assessment, parent, task) if seen else {}
    verdict = comparison.verdict(assessment, fits, seen=seen, aurocs=aurocs)
    logger.info("judged for sites share=%.2f sites=%s", chosen.share, verdict.promoted_sites)
    other = Candidate(
        assessment,
        _not_for_everybody(verdict),
        chosen.share,
        model.get_weights(),
        _of_sound_labels(fits, verdict),
    )
    return Candidates(other) if verdict.promoted_sites else Candidates(candidate, other)


def named_beside(verdict: Verdict, beside: Verdict, *, version: str) -> Verdict:
    """The verdict on what was chosen, with what was judged for the sites instead.

    Args:
        version: what the network is called that was judged for the sites.
    """
    sites = [_named(site, version) for site in beside.sites]
    named = Verdict.of(verdict.checks).with_sites(sites, verdict.trade, verdict.counted)
    return replace(named, no_site=verdict.no_site)


def _named(site: SiteVerdict, version: str) -> SiteVerdict:
    """What a person needs to know who decides otherwise."""
    is_there = _labels_are_sound(site.checks)
    detail = (
        f"These figures are of {version}: weights and a profile chosen for the site. Promote "
        f"{version} for the site to get both."
        if is_there
        else "That was measured with weights and a profile chosen for the site; as its labels are "
        "in doubt, the profile is not kept."
    )
    refused = site.refused(Check("weights and profile for the site", False, detail))
    return replace(refused, version=version if is_there else None)


def _is_accepted(verdict: Verdict, *, in_folds: bool) -> bool:
    """Whether a site's verdict hangs on what is learned, not on how many films there are; in folds
    more are judged than were held out."""
    return not verdict.promoted and any(
        (in_folds or site.checks[0].passed) and _labels_are_sound(site.checks)
        for site in verdict.sites
    )


def _labels_are_sound(checks: Sequence[Check]) -> bool:
    return all(check.passed for check in checks if "labels" in check.name)


def _of_sound_labels(fits: Mapping[str, SiteFit], verdict: Verdict) -> dict[str, SiteFit]:
    sound = {site.site for site in verdict.sites if _labels_are_sound(site.checks)}
    return {site: fit for site, fit in fits.items() if site in sound}


def _not_for_everybody(verdict: Verdict) -> Verdict:
    if not verdict.promoted:
        return verdict
    detail = "Weights that forget less were judged for everybody, and did not pass."
    judged = Verdict.of((*verdict.checks, Check("judged for everybody", False, detail)))
    return judged.with_sites(verdict.sites, verdict.trade, verdict.counted)
