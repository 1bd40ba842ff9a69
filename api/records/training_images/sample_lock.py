"""One writer at a time for one sample, across threads, processes and servers."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from api.errors import StoreBusy
from api.files import storage_errors
from api.records.database_errors import database_errors
from api.records.postgres import AdvisoryLock

FOLDER = "locks"
# What holds a lock writes one file and one row, and may wait for locked records.
WAIT_S = 60.0
POLL_S = 0.005
# Each look at a database's lock is two statements.
DATABASE_POLL_S = 0.05
LockPlace = Path | Engine


def lock_place(database: Engine, *, otherwise: Path | None) -> LockPlace:
    """Where all who write to these records find the same locks.

    Beside an SQLite file; for other databases in the folder `otherwise`, which must be shared like
    the films, or in the database itself where there is no such folder.
    """
    path = database.url.database
    if database.dialect.name == "sqlite" and path and path != ":memory:":
        return Path(path).absolute().parent / FOLDER
    return database if otherwise is None else otherwise / f".{FOLDER}"


@contextlib.contextmanager
def sample_lock(place: LockPlace, sha256: str) -> Iterator[None]:
    """Hold the lock of a sample, one of 256, by the first two digits of the hash.

    A thread must never hold two: the other one may be the same. A killed process lets go.

    Raises: StoreBusy after a minute, StorageFailed if a lock's file cannot be made.
    """
    held = _file_lock(place, sha256) if isinstance(place, Path) else _database_lock(place, sha256)
    with held:
        yield


@contextlib.contextmanager
def _database_lock(database: Engine, sha256: str) -> Iterator[None]:
    lock, deadline = AdvisoryLock(database, f"sample {sha256[:2]}"), time.monotonic() + WAIT_S
    with database_errors():
        while not lock.acquire():
            if time.monotonic() > deadline:
                raise _busy(sha256)
            time.sleep(DATABASE_POLL_S)
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _file_lock(folder: Path, sha256: str) -> Iterator[None]:
    path = folder / f"{sha256[:2]}.lock"
    lock = FileLock(path, timeout=WAIT_S, poll_interval=POLL_S)
    with storage_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as exc:
            raise _busy(sha256) from exc
    try:
        yield
    finally:
        lock.release()


def _busy(sha256: str) -> StoreBusy:
    return StoreBusy(
        f"Somebody else has been changing sample '{sha256[:12]}…' for {WAIT_S:.0f} s; try again in "
        "a moment."
    )
