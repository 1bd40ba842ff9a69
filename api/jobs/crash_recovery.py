"""How a job ended whose trainer was lost, perhaps in the middle of publishing its version."""

from dataclasses import dataclass
from typing import Any

from api.errors import InvalidCheckpoint
from api.records.jobs import FINISHING, JobRecord
from api.registry.champion import Alias, retraining
from api.registry.store import Store


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What is to be written into the job's row."""

    state: str
    reason: str
    version: str | None
    verdict: dict[str, Any] | None


def recover_outcome(
    job: JobRecord, store: Store, alias: Alias, *, state: str, reason: str
) -> JobOutcome:
    """What the files say of a job; `state` and `reason` where they say that nothing came of it.

    A version is published and a champion made in one rename each, so that every one of them has
    either happened or not.
    """
    told = job.verdict or {}
    if job.phase != FINISHING or not _is_published(job, store):
        return JobOutcome(state, reason, None, None)
    if _is_promoted(job, alias):
        return JobOutcome("promoted", str(told.get("reason", reason)), job.version, job.verdict)
    if not told.get("promoted"):
        return JobOutcome("kept", str(told.get("reason", reason)), job.version, job.verdict)
    lost = (
        f"Version {job.version} is whole and met every condition, but the trainer was lost just "
        f"before it made it the champion; promote it with POST /models/{job.version}/promote."
    )
    return JobOutcome("kept", lost, job.version, told | {"promoted": False, "reason": lost})


def _is_promoted(job: JobRecord, alias: Alias) -> bool:
    try:
        return any(move.by == retraining(job.id) for move in alias.history())
    except InvalidCheckpoint:
        # Nothing serves by a damaged file; it must not keep the job from ending.
        return False


def _is_published(job: JobRecord, store: Store) -> bool:
    return job.version is not None and (store.folder / job.version).is_dir()
