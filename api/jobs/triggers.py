"""When a retraining begins without anybody asking: after so many new samples, or by the clock."""

from dataclasses import dataclass
from datetime import datetime

from cronsim import CronSim


@dataclass(frozen=True, slots=True)
class Triggers:
    """What is waited for; by default nothing.

    Attributes:
        after_samples: begin once there are so many new ones; 0: never.
        schedule: cron expression, UTC; empty: never. A time that passes while no server runs, or
            without a new sample, is skipped.
    """

    after_samples: int = 0
    schedule: str = ""

    def __bool__(self) -> bool:
        return bool(self.after_samples or self.schedule)

    def cause(self, *, at: datetime, since: datetime, new_samples: int) -> str | None:
        """Why a retraining should begin, in words; None if none should.

        Args:
            at: the current time.
            since: when the newest retraining began, or this server, whichever is later.
            new_samples: added since the newest retraining began.
        """
        if self.after_samples and new_samples >= self.after_samples:
            return f"{new_samples} new samples (a retraining begins after {self.after_samples})"
        if self.schedule and new_samples and next(CronSim(self.schedule, since)) <= at:
            return f"schedule '{self.schedule}'"
        return None
