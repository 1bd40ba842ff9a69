"""Whether an open SQLite database still is the file that its path names."""

import contextlib
import sqlite3
import threading
from pathlib import Path

from api.errors import StorageFailed

Identity = tuple[int, int, bool]


class DatabaseFile:
    """The identity (device and inode) of a database file, of its log and of its log's index.

    A connection of its own stays open from `open` to `close`: while there is one, SQLite neither
    removes nor remakes the log, so another identity means that somebody else did, and that what
    is committed from then on is lost with this process.
    """

    def __init__(self, path: Path, *, timeout_s: float) -> None:
        self.path, self._timeout_s = path, timeout_s
        self._lock = threading.Lock()
        self._anchor: sqlite3.Connection | None = None
        self._known: dict[Path, Identity | None] = {}

    def open(self) -> None:
        """Remember which files are open; does nothing where they are already.

        Raises: StorageFailed if the path names another database than the first time,
            sqlite3.Error.
        """
        with self._lock:
            if self._anchor is not None:
                return
            self._check()
            anchor = sqlite3.connect(
                self.path, timeout=self._timeout_s, check_same_thread=False, isolation_level=None
            )
            try:
                # The log is opened with the first read.
                anchor.execute("PRAGMA journal_mode=WAL").close()
                anchor.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except BaseException:
                anchor.close()
                raise
            beside = (self.path.with_name(f"{self.path.name}-{kind}") for kind in ("wal", "shm"))
            self._known = {path: self._identity(path) for path in (self.path, *beside)}
            self._anchor = anchor

    def close(self) -> None:
        """Let the log go; the database itself is still known."""
        with self._lock:
            if self._anchor is not None:
                self._anchor.close()
                self._anchor = None
            self._known = {path: known for path, known in self._known.items() if path == self.path}

    def check(self) -> None:
        """Compare with what the paths name now; three `stat`, about five microseconds.

        Raises: StorageFailed.
        """
        self._check()

    def _check(self) -> None:
        for path, known in list(self._known.items()):
            found = self._identity(path)
            if found != known:
                state = "removed" if found is None else "replaced"
                raise StorageFailed(
                    f"The file of the records ('{path.name}') was {state} while the service runs; "
                    "nothing would be kept, so nothing was stored. Put the same file back, or "
                    "restart the service."
                )

    def _identity(self, path: Path) -> Identity | None:
        with contextlib.suppress(OSError):
            status = path.stat()
            # The log is emptied by whoever writes it into the database; that itself never is.
            is_empty = path == self.path and not status.st_size
            return status.st_dev, status.st_ino, is_empty
        return None
