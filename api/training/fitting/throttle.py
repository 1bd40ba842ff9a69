"""When a retraining stands still for those who wait for answers, and when it goes on regardless."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from api.errors import AppError
from api.records.retrainings.job_holder import HOST
from api.records.servers import workers

CHECK_EVERY_S = 1.0
# It goes on once the p99 is so far below the bound; at the bound itself it would flap.
RESUME_BELOW = 0.9
# The longest stretch. Each second of work allows two more of standing still, so that under load
# that never ends a retraining takes three times as long, and not for ever.
MAX_PAUSE_S = 60.0
ALLOWED_PER_WORKED_S = 2.0


@dataclass(slots=True)
class TrainingThrottle:
    """Asked between two batches whether to stand still; looks at the server once a second.

    Attributes:
        bound_ms: what the p99 of the slowest worker may be, milliseconds; 0: any.
        p99_ms: what it is; None: not known, or no worker serves.
        clock: seconds.
        paused_s: how long it has stood still in all.
    """

    bound_ms: float
    p99_ms: Callable[[], float | None]
    clock: Callable[[], float] = time.monotonic
    paused_s: float = 0.0
    _reason: str | None = None
    _checked_at: float | None = None
    _allowed_s: float = field(default=MAX_PAUSE_S)
    _is_exhausted: bool = False

    def reason(self) -> str | None:
        """Why to stand still now, in a sentence; None: work."""
        if not self.bound_ms:
            return None
        moment = self.clock()
        if self._checked_at is None:
            self._checked_at = moment
        elif moment - self._checked_at < CHECK_EVERY_S:
            return self._reason
        self._account(moment - self._checked_at)
        self._checked_at = moment
        self._reason = None if self._is_exhausted else self._busy_reason()
        return self._reason

    def _account(self, elapsed_s: float) -> None:
        """Standing still uses up what is allowed; once it has, only working fills it up again."""
        if self._reason is None:
            self._allowed_s += ALLOWED_PER_WORKED_S * elapsed_s
        else:
            self.paused_s += elapsed_s
            self._allowed_s -= elapsed_s
        if self._allowed_s >= MAX_PAUSE_S:
            self._allowed_s, self._is_exhausted = MAX_PAUSE_S, False
        elif self._allowed_s <= 0:
            self._allowed_s, self._is_exhausted = 0.0, True

    def _busy_reason(self) -> str | None:
        p99_ms = self.p99_ms()
        limit_ms = self.bound_ms * (1 if self._reason is None else RESUME_BELOW)
        if p99_ms is None or p99_ms <= limit_ms:
            return None
        return (
            f"The server is busy: the p99 of its answers is {p99_ms:.0f} ms, the bound is "
            f"{self.bound_ms:g} ms."
        )


def throttle_for_servers(database: Engine, *, bound_ms: float) -> TrainingThrottle:
    """To the workers of this machine, as their heart-beats say it."""

    def p99_ms() -> float | None:
        try:
            return workers.slowest_p99_ms(database, host=HOST)
        except AppError:
            # Not to know is no reason to stand still.
            return None

    return TrainingThrottle(bound_ms, p99_ms)
