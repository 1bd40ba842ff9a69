"""Checks by a name in the page's address (`?sent=`): file, progress and report survive a reload.

They are this process's, and only for the person, the server and the task that they were made for.
Without a log-in that is everybody who has the address.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from site_checks.held_check import HeldCheck

MAX_AGE_S = 12 * 3600.0
# Of all files together, beside the one that comes just now.
MAX_BYTES = 1_000_000_000


@dataclass(slots=True)
class StoredChecks:
    """The checks in use last."""

    clock: Callable[[], float] = time.monotonic
    _checks: dict[str, tuple[HeldCheck, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, check: HeldCheck) -> None:
        """Keep one from now on."""
        with self._lock:
            self._checks[check.name] = (check, self.clock())
            self._forget_oldest()

    def find(self, name: str | None, *, owner: str) -> HeldCheck | None:
        """The one of that name, if it is this owner's and still there; it stays the longer."""
        with self._lock:
            self._forget_oldest()
            check, _used_at = self._checks.get(name or "", (None, 0.0))
            if check is None or check.owner != owner:
                return None
            self._checks[check.name] = (check, self.clock())
            return check

    def forget(self, name: str) -> None:
        with self._lock:
            self._checks.pop(name, None)

    def _forget_oldest(self) -> None:
        latest_first = sorted(self._checks.values(), key=lambda one: -one[1])
        size, too_old = 0, self.clock() - MAX_AGE_S
        for place, (check, used_at) in enumerate(latest_first):
            size += check.file.size_bytes if check.file else 0
            is_surplus = used_at < too_old or (place and size > MAX_BYTES)
            if is_surplus and not check.is_running:
                del self._checks[check.name]
