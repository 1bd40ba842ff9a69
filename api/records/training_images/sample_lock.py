"""One writer at a time for one sample, across threads, processes and servers."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from api.errors import StoreBusy
from api.files import storage_errors

FOLDER = "locks"
# What holds a lock writes one file and one row, and may wait for locked records.
WAIT_S = 60.0
POLL_S = 0.005


def lock_folder(database: Engine, *, otherwise: Path) -> Path:
    """Where all who write to these records find the same locks.

    Beside an SQLite file; for other databases in `otherwise`, which must be shared like the films.
    """
    path = database.url.database
    if database.dialect.name == "sqlite" and path and path != ":memory:":
        return Path(path).absolute().parent / FOLDER
    return otherwise / f".{FOLDER}"


@contextlib.contextmanager
def sample_lock(folder: Path, sha256: str) -> Iterator[None]:
    """Hold the lock of a sample; 256 lock files, by the first two digits of the hash.

    A thread must never hold two: the other one may be the same file. A killed process lets go.

    Raises: StoreBusy after a minute, StorageFailed if the lock file cannot be made.
    """
    path = folder / f"{sha256[:2]}.lock"
    lock = FileLock(path, timeout=WAIT_S, poll_interval=POLL_S)
    with storage_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as exc:
            raise StoreBusy(
                f"Somebody else has been changing sample '{sha256[:12]}…' for {WAIT_S:.0f} s; "
                "try again in a moment."
            ) from exc
    try:
        yield
    finally:
        lock.release()
