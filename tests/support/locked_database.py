"""A database that somebody else is writing to."""

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlalchemy import Engine


@contextlib.contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Hold SQLite's write lock from another connection."""
    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()
