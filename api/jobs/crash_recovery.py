"""How a job ended whose trainer was lost, perhaps in the middle of publishing its version."""

from dataclasses import replace

from api.errors import InvalidCheckpoint
from api.model_card.promotion_policy import Verdict
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobOutcome, JobPhase, JobState
from api.registry.champion import Alias, retraining
from api.registry.sites.site_versions import site_alias
from api.registry.store import Store


def recover_outcome(
    job: JobRecord, store: Store, alias: Alias, *, state: JobState, reason: str
) -> JobOutcome:
    """What the files say of a job; `state` and `reason` where they say that nothing came of it.

    A version is published and a champion made in one rename each, so that every one of them has
    either happened or not.
    """
    verdict = job.verdict
    if job.phase != JobPhase.FINISHING or not _is_published(job, store):
        return JobOutcome(state, reason)
    if verdict is not None:
        reason = verdict.reason
    if _is_promoted(job, alias):
        return JobOutcome(JobState.PROMOTED, reason, job.version, verdict)
    if verdict is None or not (verdict.promoted or verdict.promoted_sites):
        return JobOutcome(JobState.KEPT, reason, job.version, verdict)
    if not verdict.promoted and (found := _promoted_sites(job, alias, verdict)).promoted_sites:
        return JobOutcome(JobState.PROMOTED_FOR_SITE, reason, job.version, found)
    lost = (
        f"Version {job.version} is whole and met every condition, but the trainer was lost just "
        f"before it made it the champion; promote it under Versions (page Train)."
        if verdict.promoted
        else f"Version {job.version} is whole and may answer its site, but the trainer was lost "
        f"just before; promote it for the site under Versions (page Train)."
    )
    return JobOutcome(JobState.KEPT, lost, job.version, verdict.not_promoted(lost))


def _is_promoted(job: JobRecord, alias: Alias) -> bool:
    try:
        return any(move.by == retraining(job.id) for move in alias.history())
    except InvalidCheckpoint:
        # Nothing serves by a damaged file; it must not keep the job from ending.
        return False


def _promoted_sites(job: JobRecord, champion: Alias, verdict: Verdict) -> Verdict:
    """The verdict of what happened: the trainer may have reached some sites and not the others."""
    return replace(
        verdict,
        sites=tuple(
            replace(
                site,
                promoted=site.promoted and _is_promoted(job, site_alias(champion, site.site)),
            )
            for site in verdict.sites
        ),
    )


def _is_published(job: JobRecord, store: Store) -> bool:
    return job.version is not None and store.was_published(job.version)
