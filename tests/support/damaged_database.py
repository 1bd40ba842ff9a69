"""A database file in which one table cannot be read."""

import contextlib
import sqlite3
from pathlib import Path

from sqlalchemy import Engine


def damage_table(engine: Engine, name: str) -> bytes:
    """Overwrite the first page of a table; gives the file as it was."""
    path = Path(engine.url.database or "")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    return content
