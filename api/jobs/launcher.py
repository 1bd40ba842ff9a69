"""Where trainers run: beside the server, or on a cluster; what a supervisor needs of either."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from api.records.retrainings.job_record import JobRecord


class Child(Protocol):
    """A trainer process that this worker started."""

    pid: int
    returncode: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...


class Presence(StrEnum):
    """What is known of a job's trainer."""

    ALIVE = "alive"
    # Whoever is to start it has no room for it yet.
    WAITING = "waiting"
    # It waited for room until whoever was to start it gave up; nothing was begun.
    NOT_STARTED = "unstarted"
    GONE = "gone"
    # On a machine into which nobody looks from here: only its silence tells.
    ELSEWHERE = "elsewhere"
    # Whoever started it answers, and knows nothing of it.
    FORGOTTEN = "forgotten"
    # Nobody who answers here can tell.
    OUT_OF_REACH = "out of reach"


# A trainer writes a heart-beat every second. This long without one and without a process means that
# it is gone; the process that started it has had time to learn why.
SILENT_FOR = timedelta(seconds=5)
# Where only silence tells.
SILENT_ELSEWHERE_FOR = timedelta(seconds=60)
# A cluster that is back within this time takes a trainer again.
HEAD_AWAY_FOR = timedelta(minutes=5)


AGAIN = frozenset({Presence.GONE, Presence.FORGOTTEN, Presence.ELSEWHERE})


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a job's trainer is.

    Attributes:
        reason: why one that is not alive is not.
        is_fault: an error of its own ended it, which it would meet again.
        lost_after: how long it has to be silent until its job is taken for lost.
    """

    presence: Presence
    reason: str = "The trainer disappeared without a word; start the retraining again."
    is_fault: bool = False
    lost_after: timedelta = SILENT_ELSEWHERE_FOR

    @property
    def may_begin_again(self) -> bool:
        """Whether another trainer may work on the job. One elsewhere that lives after all, cut off
        from the records, finds out at its next write that the job is no longer its own, and
        publishes nothing."""
        return self.presence in AGAIN and not self.is_fault


class Launcher(Protocol):
    """Starts trainers, and knows how they are."""

    @property
    def ends_with_server(self) -> bool:
        """Whether a trainer ends where the last server is stopped."""

    def spawn(
        self, job_id: str, *, log: Path, environment: dict[str, str], trainer: str
    ) -> Child | None:
        """Start the trainer of a queued job; None where it is no process of this machine.

        Raises: StorageFailed, ClusterFailed.
        """

    def look(self, job: JobRecord) -> Sighting:
        """How a job's trainer is."""

    def stop(self, job: JobRecord, *, timeout_s: float) -> None:
        """End a job's trainer, waiting so long for it; it is gone, or goes by itself."""
