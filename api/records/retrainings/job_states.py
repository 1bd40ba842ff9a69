"""What a job can be in, what it can be doing, and how it ends."""

from dataclasses import dataclass
from enum import StrEnum

from api.model_card.promotion_policy import Verdict


class JobState(StrEnum):
    """Where a job stands; `WAITING` until the active one has ended."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    PROMOTED = "promoted"
    PROMOTED_FOR_SITE = "promoted_for_site"
    KEPT = "kept"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


# At most one job of a task is in one of these.
ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)
# Nothing came of the job.
FAILED_STATES = frozenset({JobState.FAILED, JobState.INTERRUPTED})


class JobPhase(StrEnum):
    """What a job is doing, in the order of a retraining.

    From `FINISHING` on it cannot be cancelled: its checkpoint is being published.
    """

    WAITING = "waiting"
    QUEUED = "queued"
    STARTING = "starting"
    READING = "reading"
    FEATURES = "features"
    HEAD = "head"
    TAIL = "tail"
    EVALUATING = "evaluating"
    COMPILING = "compiling"
    FINISHING = "finishing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ends; `is_done`: its trainer did all its work."""

    state: JobState
    reason: str
    version: str | None = None
    verdict: Verdict | None = None
    is_done: bool = False


def state_of(verdict: Verdict) -> JobState:
    """What a job that made a version ends as."""
    if verdict.promoted:
        return JobState.PROMOTED
    return JobState.PROMOTED_FOR_SITE if verdict.promoted_sites else JobState.KEPT
