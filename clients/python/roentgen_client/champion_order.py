"""Answers of several nodes that never come from an older champion than one before."""

import threading
import time
from collections.abc import Callable, Mapping

SEQUENCE, AT_LEAST = "X-Champion-Sequence", "X-Champion-At-Least"
# Whom films and rows are sent to.
ANSWERING = frozenset({"/predict", "/predict/batch"})
# Nodes follow within seconds, so an older number asks for nothing; and where records were restored
# from a backup the numbers begin lower.
KEPT_S = 60.0


class ChampionOrder:
    """The number of the champion's newest move that answers of a task have followed. Several
    threads may use it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._highest, self._seen_at = 0, 0.0

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer follows."""
        number = headers.get(SEQUENCE, "")
        if not (number.isascii() and number.isdigit()):
            return
        with self._lock:
            if int(number) >= self._kept():
                self._highest, self._seen_at = int(number), self._clock()

    def required(self) -> dict[str, str]:
        """The header that keeps nodes that are behind from answering, if any move was seen."""
        with self._lock:
            kept = self._kept()
        return {AT_LEAST: str(kept)} if kept else {}

    def _kept(self) -> int:
        return self._highest if self._clock() - self._seen_at < KEPT_S else 0
