"""A database that somebody else is writing to."""

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlalchemy import Engine, create_engine, event

from api.records.transactions import write_transaction

WAIT_MS = 200


@contextlib.contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Keep everybody else from writing, from another connection. Who uses this engine does not wait
    for as long as usual."""
    if engine.dialect.name == "postgresql":
        with _held_by_another(engine):
            yield
        return
    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    event.listen(engine, "checkout", _wait_shortly)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    finally:
        event.remove(engine, "checkout", _wait_shortly)
        other.close()


def _wait_shortly(connection: sqlite3.Connection, *_: object) -> None:
    connection.execute(f"PRAGMA busy_timeout={WAIT_MS}")


@contextlib.contextmanager
def _held_by_another(engine: Engine) -> Iterator[None]:
    other = create_engine(engine.url)
    try:
        with write_transaction(other):
            yield
    finally:
        other.dispose()
