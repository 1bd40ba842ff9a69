"""A database that somebody else is writing to."""

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlalchemy import Engine, create_engine

from api.records.transactions import write_transaction


@contextlib.contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Keep everybody else from writing, from another connection."""
    if engine.dialect.name == "postgresql":
        with _held_by_another(engine):
            yield
        return
    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


@contextlib.contextmanager
def _held_by_another(engine: Engine) -> Iterator[None]:
    other = create_engine(engine.url)
    try:
        with write_transaction(other):
            yield
    finally:
        other.dispose()
