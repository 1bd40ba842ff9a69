"""Work that one process does, of all that share the records: by a file's lock beside an SQLite
file, by the database's own where several machines use one."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from api.records.database_errors import database_errors
from api.records.postgres import AdvisoryLock

logger = logging.getLogger(__name__)


class ServerLock(Protocol):
    """Held by one process at a time."""

    def acquire(self) -> bool:
        """Take it, or make sure of it; False if somebody else has it.

        Raises: StoreBusy, StorageFailed where the records cannot be asked.
        """

    def release(self) -> None:
        """Let go."""


class FolderLock:
    """A file's. Where its folder is missing or takes no lock, everybody has it."""

    def __init__(self, path: Path) -> None:
        # Taken by the thread that works, left by the one that closes.
        self._path, self._lock = path, FileLock(path, blocking=False, thread_local=False)

    def acquire(self) -> bool:
        """See `ServerLock`."""
        # The lock would make a folder that somebody has removed, and hide that.
        if self._lock.is_locked or not self._path.parent.is_dir():
            return True
        try:
            self._lock.acquire()
        except Timeout:
            return False
        except OSError as exc:
            logger.warning("no lock path=%s reason=%r", self._path.name, exc.strerror)
        return True

    def release(self) -> None:
        """See `ServerLock`."""
        self._lock.release()


class DatabaseLock:
    """The database's."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._lock = AdvisoryLock(engine, name)

    def acquire(self) -> bool:
        """See `ServerLock`."""
        with database_errors():
            return self._lock.acquire()

    def release(self) -> None:
        """See `ServerLock`."""
        self._lock.release()


def server_lock(engine: Engine, path: Path) -> ServerLock:
    """The lock of this name among all that share the records.

    Args:
        path: of its file, beside an SQLite file; its name is that of the lock.
    """
    if engine.dialect.name == "postgresql":
        return DatabaseLock(engine, path.name)
    return FolderLock(path)


@contextlib.contextmanager
def held(engine: Engine, path: Path) -> Iterator[bool]:
    """Hold a lock for a while, if nobody else does; see `server_lock`.

    Raises: StoreBusy, StorageFailed.
    """
    lock = server_lock(engine, path)
    is_ours = lock.acquire()
    try:
        yield is_ours
    finally:
        if is_ours:
            lock.release()
