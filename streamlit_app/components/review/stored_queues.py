"""Queues by a name in the page's address (`?review=`): what was skipped survives a reload.

They are in this process's memory, and only for the person, the server and the task that they were
made for. Without a log-in that is everybody.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from components.review.review_queue import Queue

MAX_AGE_S = 12 * 3600.0
# Of 200 answers at most, which are about 2 kB each.
MAX_QUEUES = 100


@dataclass(slots=True)
class Stored:
    """A queue as it was when its page was drawn last, and whose it is."""

    owner: str
    queue: Queue
    used_at: float


@dataclass(slots=True)
class StoredQueues:
    """The queues in use last."""

    clock: Callable[[], float] = time.monotonic
    _queues: dict[str, Stored] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, queue: Queue, *, owner: str, name: str | None = None) -> str:
        """Keep a queue as it is now; returns its name, one that nobody can guess."""
        name = name or secrets.token_urlsafe(12)
        with self._lock:
            self._queues[name] = Stored(owner, _copy(queue), self.clock())
            self._forget_oldest()
        return name

    def find(self, name: str | None, *, owner: str) -> Queue | None:
        """A copy of the queue of that name, if it is this owner's and still there."""
        with self._lock:
            self._forget_oldest()
            stored = self._queues.get(name or "")
            return _copy(stored.queue) if stored and stored.owner == owner else None

    def _forget_oldest(self) -> None:
        latest_first = sorted(self._queues.items(), key=lambda one: -one[1].used_at)
        too_old = self.clock() - MAX_AGE_S
        for place, (name, stored) in enumerate(latest_first):
            if stored.used_at < too_old or place >= MAX_QUEUES:
                del self._queues[name]


def _copy(queue: Queue) -> Queue:
    """Two tabs of one address each go their own way."""
    items, steps, revealed = [*queue.items], [*queue.steps], {*queue.revealed}
    return replace(queue, items=items, steps=steps, revealed=revealed, notice="")
