"""Worklists by a name in the page's address (`?list=`): they survive a reload and a second tab.

They are in this process's memory, and only for the person, the server and the task that they were
made for. Without a log-in that is everybody. The films themselves stay in the browser.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from worklist.rows import Row

MAX_AGE_S = 12 * 3600.0
# Of all lists together; a row with its thumbnail is about 8 kB.
MAX_ROWS = 10_000


def without_thumbnails(rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows without their pictures."""
    return {key: replace(row, thumbnail=None) for key, row in list(rows.items())}


@dataclass(slots=True)
class Stored:
    """The rows of a list, which grow while films are read, whose they are, which is open, and how
    many the list is too short for."""

    owner: str
    rows: dict[str, Row]
    used_at: float
    open_key: str | None = None
    forgotten: int = 0


@dataclass(slots=True)
class StoredWorklists:
    """The lists in use last."""

    clock: Callable[[], float] = time.monotonic
    _lists: dict[str, Stored] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, rows: dict[str, Row], *, owner: str) -> str:
        """Keep rows, and all that are added to them; returns a name that nobody can guess."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._lists[name] = Stored(owner, rows, self.clock())
            self._forget_oldest()
        return name

    def find(self, name: str | None, *, owner: str) -> Stored | None:
        """The list of that name, if it is this owner's and still there; it stays the longer."""
        with self._lock:
            self._forget_oldest()
            kept = self._lists.get(name or "")
            if kept is None or kept.owner != owner:
                return None
            kept.used_at = self.clock()
            return kept

    def forget(self, name: str | None) -> None:
        with self._lock:
            self._lists.pop(name or "", None)

    def _forget_oldest(self) -> None:
        latest_first = sorted(self._lists.items(), key=lambda one: -one[1].used_at)
        count, too_old = 0, self.clock() - MAX_AGE_S
        for place, (name, kept) in enumerate(latest_first):
            count += len(kept.rows)
            if kept.used_at < too_old or (place and count > MAX_ROWS):
                del self._lists[name]
