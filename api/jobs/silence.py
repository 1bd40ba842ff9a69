"""How long nothing was heard of a trainer on another machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.records.retrainings.job_record import JobRecord

# Who did not look for so long heard nothing meanwhile: the records were away, for the trainer too.
GAP_S = 30.0


@dataclass(slots=True)
class ServerSilence:
    """Counted by this process's own clock, since those of two machines differ, and only while it
    looked: whoever comes back after the records were away hears a trainer before it is missed.

    Attributes:
        clock: seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _heard: tuple[str, datetime | None] | None = field(default=None, init=False)
    _since: float = field(default=0.0, init=False)
    _looked: float = field(default=0.0, init=False)

    def of(self, job: JobRecord) -> timedelta:
        """Until now, for the job that is active; called at each look."""
        moment, heard = self.clock(), (job.id, job.heartbeat_at)
        if heard != self._heard or moment - self._looked > GAP_S:
            self._heard, self._since = heard, moment
        self._looked = moment
        return timedelta(seconds=moment - self._since)
