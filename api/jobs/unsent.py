"""Retrainings that were to begin again while the cluster did not take them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from api.jobs.launcher import HEAD_AWAY_FOR

# How often one is sent once more.
SEND_EVERY_S = 5.0


@dataclass(slots=True)
class Unsent:
    """Those of one process: until when each is sent once more, and when next.

    Attributes:
        clock: seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _until: dict[str, float] = field(default_factory=dict, init=False)
    _next: dict[str, float] = field(default_factory=dict, init=False)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._until

    def failed(self, job_id: str) -> bool:
        """It could not be sent just now; False where it has been tried for long enough."""
        moment = self.clock()
        until = self._until.setdefault(job_id, moment + HEAD_AWAY_FOR.total_seconds())
        self._next[job_id] = moment + SEND_EVERY_S
        return moment < until

    def is_due(self, job_id: str) -> bool:
        """Whether to send it now."""
        return self.clock() >= self._next[job_id]

    def forget(self, job_id: str) -> None:
        """It was sent, or is nobody's any more."""
        self._until.pop(job_id, None)
        self._next.pop(job_id, None)
