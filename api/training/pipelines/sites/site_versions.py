"""Versions of single sites in a retraining: what answers them before it, and what after it."""

import contextlib
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from api.decision.references import References, load_references
from api.errors import AppError, Conflict, NotFound
from api.model_card.promotion_policy import ANSWERED_BY_CHAMPION, Check, SiteVerdict, Verdict
from api.model_card.sites.site_profile import SiteFit, SiteProfile
from api.registry import manifest
from api.registry.champion import Alias, champion_of, retraining
from api.registry.history import CHAMPION
from api.registry.sites.site_profiles import sites_of
from api.registry.sites.site_versions import own_version, site_alias
from api.registry.store import Checkpoint, Store, reference_path

if TYPE_CHECKING:
    from api.training.assessment.comparison import SiteChampion

logger = logging.getLogger(__name__)


def open_site_versions(
    store: Store, alias: Alias, sites: Collection[str], parent: Checkpoint
) -> "dict[str, SiteChampion]":
    """What answers these sites instead of the champion, by site.

    Raises: InvalidCheckpoint, NotFound, StorageFailed if it cannot be told, or not opened.
    """
    # Here, not above: a job is claimed before TensorFlow is imported, which takes seconds.
    from api.training.assessment.comparison import SiteChampion
    from api.training.models import mobilenet

    opened: dict[str, SiteChampion] = {}
    for site in sites:
        version = own_version(site_alias(alias, site))
        if version is not None:
            found = store.get(version)
            comparable = version != parent.version and _same_backbone(found, parent)
            model = mobilenet.load(found.weights) if comparable else None
            opened[site] = SiteChampion(found.card, model, _references(found) if model else None)
    return opened


def _references(found: Checkpoint) -> References | None:
    rule = found.card.outliers
    path = reference_path(found.weights)
    return load_references(path, sha256=rule.reference_sha256) if rule else None


def open_profiles(store: Store, sites: Collection[str]) -> dict[str, SiteProfile]:
    """The profiles that are applied at these sites, by site; a damaged one decides nothing."""
    profiles = sites_of(store)
    profiles.refresh()
    found: dict[str, SiteProfile] = {}
    for site in sites:
        with contextlib.suppress(NotFound):
            profile = profiles.state(site).profile
            found |= {site: profile} if profile else {}
    return found


def learned_before(
    store: Store, alias: Alias, sites: Collection[str], parent: Checkpoint
) -> set[str]:
    """Hashes of films that the champion, or what answers one of the sites, has learned from."""
    versions = {own_version(site_alias(alias, site)) for site in sites} - {None}
    checkpoints = [parent, *(store.get(version) for version in versions if version)]
    return {
        line.sha256
        for checkpoint in checkpoints
        for line in manifest.read_manifest(checkpoint) or ()
        if line.split in manifest.LEARNED
    }


def _same_backbone(found: Checkpoint, parent: Checkpoint) -> bool:
    """Whether both take the same activations: what the part that does not learn gives."""
    own, others = found.card.replay, parent.card.replay
    return own is not None and others is not None and own.frozen_sha256 == others.frozen_sha256


def promote_for_sites(
    store: Store,
    alias: Alias,
    parent: Checkpoint,
    version: str,
    verdict: Verdict,
    job_id: str,
    *,
    fits: Mapping[str, SiteFit] | None = None,
) -> Verdict:
    """Let a published version answer the sites that the gate said; gives what came of it.

    A site that somebody gave another version since the comparison began keeps that one, and so do
    all if there is another champion.

    Args:
        fits: the profile that the version was judged with, by site.
    """
    judged: list[SiteVerdict] = []
    for site in verdict.sites:
        if site.promoted:
            fit = (fits or {}).get(site.site)
            problem = _moved(store, alias, parent, version, site, verdict.trade, job_id, fit)
            site = site.refused(Check("same version", False, problem)) if problem else site
        judged.append(site)
    result = replace(verdict, sites=tuple(judged))
    if result.promoted_sites:
        return result
    reasons = [site.checks[-1].detail for site in judged if site.checks]
    return result.not_promoted(" ".join(dict.fromkeys(reasons)))


def follow_champion(
    store: Store, alias: Alias, version: str, verdict: Verdict, job_id: str
) -> None:
    """Sites with versions of their own that gain by the new champion are answered by it."""
    for site in verdict.sites:
        if not site.promoted or site.answered_by == ANSWERED_BY_CHAMPION:
            continue
        try:
            site_alias(alias, site.site).move(
                CHAMPION,
                previous=site.answered_by,
                by=retraining(job_id),
                reason=f"{version} is the champion, and better there too. {verdict.trade}",
                store=store,
            )
        except AppError as exc:
            logger.warning("site keeps its version site=%r reason=%r", site.site, exc.message)


def _moved(
    store: Store,
    alias: Alias,
    parent: Checkpoint,
    version: str,
    site: SiteVerdict,
    trade: str,
    job_id: str,
    fit: SiteFit | None,
) -> str | None:
    """Why the alias of a site was not moved; None: it was, and decides by its profile."""
    by = retraining(job_id)
    made = fit.model_copy(update={"version": version}) if fit else None
    try:
        champion = champion_of(store, alias).version
        if champion != parent.version:
            raise Conflict(f"The champion is {champion} by now, no longer {parent.version}.")
        with sites_of(store).applied_with(site.site, made, by=by, reason=trade):
            site_alias(alias, site.site).move(
                version,
                previous=site.answered_by,
                by=by,
                reason=trade,
                overrides=site.failed_checks,
                store=store,
            )
    except AppError as exc:
        return (
            f"{exc.message} The new version was compared with what answered '{site.site}' before; "
            "start the retraining again, or promote it by hand."
        )
    return None
