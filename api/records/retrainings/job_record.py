"""One retraining job as its row has it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from api.clock import now
from api.model_card.promotion_policy import Verdict
from api.records.retrainings.job_holder import Holder
from api.records.retrainings.job_states import JobState


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A row; `samples` counts images per label, `history` holds epochs, `verdict` the gate's.

    `phase` is a `JobPhase`, or what another release of the program called it.
    """

    id: str
    task: str
    state: JobState
    phase: str
    epoch: int
    epochs: int
    progress: float
    eta_seconds: float | None
    created_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
    parent: str | None
    version: str | None
    samples: dict[str, int]
    history: list[dict[str, Any]]
    verdict: Verdict | None
    reason: str | None
    host: str | None
    pid: int | None
    restarts: int | None = None
    cause: str | None = None
    paused: str | None = None
    paused_seconds: float | None = None

    @property
    def holder(self) -> Holder:
        """The process that works on it, as far as anybody wrote it down."""
        return Holder(self.host, self.pid)

    @property
    def worked(self) -> timedelta:
        """How long its trainer has been at it so far; standing still for the server is no work."""
        since = self.started_at or self.heartbeat_at or self.created_at
        return now() - since - timedelta(seconds=self.paused_seconds or 0.0)


def job_record(row: Row[Any]) -> JobRecord:
    """What a row of `jobs` says."""
    stored = row._asdict()
    verdict = stored["verdict"]
    return JobRecord(
        **stored
        | {
            "state": JobState(stored["state"]),
            "verdict": Verdict.from_json(verdict) if verdict else None,
        }
    )
