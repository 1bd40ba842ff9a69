"""When a request is sent again, and after how long."""

import random
from collections.abc import Callable
from dataclasses import dataclass

BUSY = frozenset({429, 502, 503, 504})
# Of these the server itself says that it did nothing.
REFUSED = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Retries:
    """Exponential back-off with full jitter (Brooker 2015), no earlier than `Retry-After` says.

    Attributes:
        tries: how often a request is sent in all; 1: never again.
        backoff_s: the longest wait after the first try; it doubles with each.
        max_backoff_s: what it grows to.
        max_retry_after_s: a server that wants a longer wait is not waited for.
        random: draws from [0, 1).
    """

    tries: int = 6
    backoff_s: float = 0.5
    max_backoff_s: float = 30.0
    max_retry_after_s: float = 120.0
    random: Callable[[], float] = random.random

    def wait_s(self, tried: int, retry_after_s: float | None) -> float | None:
        """Seconds until the next try after so many; None: there is none."""
        if tried >= self.tries or (retry_after_s or 0.0) > self.max_retry_after_s:
            return None
        longest_s = min(self.backoff_s * 2.0 ** min(tried - 1, 60), self.max_backoff_s)
        return (retry_after_s or 0.0) + longest_s * self.random()
