"""Whether the API answers at all, asked before a question that a silent one would hold up for long.

A process that is stopped, or whose loop hangs, still accepts connections: a page would wait for
each of its questions until that one's own time is up.
"""

import math
import time
from collections.abc import Callable

import requests

PATH = "/health/live"
TIMEOUT_S = 1.5
# A sign of life counts for so long, and so does silence, so that a page asks but once.
HEARD_FOR_S = 0.3
SILENT_FOR_S = 2.0


class Liveness:
    """What is known of one server. It belongs to all browser sessions of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard_at = self._silent_at = -math.inf
        self._silence = requests.Timeout()

    def heard(self) -> None:
        """The server has answered something."""
        self._heard_at, self._silent_at = self._clock(), -math.inf

    def require(
        self, ask: Callable[[], object], *, tries: int = 1, heard_for_s: float = HEARD_FOR_S
    ) -> None:
        """Return where the server is alive, as far as is known, or `ask` finds it so now.

        Args:
            tries: how often it may be silent. With more than one the silence that others met
                does not count: what changes or sends something is not refused for one slow answer.
            heard_for_s: how long a sign of life counts.

        Raises: what `ask` raises; with one try its requests.Timeout also where that was a moment
            ago.
        """
        now = self._clock()
        if now - self._heard_at < heard_for_s:
            return
        if tries == 1 and now - self._silent_at < SILENT_FOR_S:
            raise self._silence.with_traceback(None)
        for left in reversed(range(tries)):
            try:
                ask()
            except requests.Timeout as exc:
                self._silent_at, self._silence = self._clock(), exc
                if not left:
                    raise
            else:
                break
        self.heard()
