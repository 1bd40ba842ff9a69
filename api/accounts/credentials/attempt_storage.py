"""Attempts in the records, as the library `limits` counts them."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from limits.storage import Storage
from sqlalchemy import Engine

from api.errors import AppError
from api.records.accounts import attempts


class AttemptStorage(Storage):
    """Counts for fixed windows in a table, so that all serving processes see the same.

    What is counted is kept as SHA-256: somebody may type a password where the name belongs.
    """

    STORAGE_SCHEME = None

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._engine, self._clock = engine, clock

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong; it is passed on as it is."""
        return AppError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count a try; the window is `expiry` seconds from the first one on."""
        now = self._clock()
        until = now + timedelta(seconds=expiry)
        return attempts.count(self._engine, _hidden(key), amount=amount, now=now, until=until)

    def get(self, key: str) -> int:
        """The tries in the open window."""
        found = attempts.find(self._engine, _hidden(key), now=self._clock())
        return found[0] if found else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, as seconds since 1970."""
        now = self._clock()
        found = attempts.find(self._engine, _hidden(key), now=now)
        return (found[1] if found else now).timestamp()

    def check(self) -> bool:
        """Whether the records can be read."""
        self.get("")
        return True

    def reset(self) -> int | None:
        """Forget all tries."""
        attempts.forget(self._engine)
        return None

    def clear(self, key: str) -> None:
        """Forget the tries of one key."""
        attempts.forget(self._engine, _hidden(key))


def _hidden(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
