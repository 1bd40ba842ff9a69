"""How a transaction that writes begins."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine

# The advisory lock of those who write to a database: any number that nobody else uses there.
WRITERS = 0x526F_656E_7467_656E


@contextlib.contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """Committed at the end, or nothing of it is stored. Raises: what the database raises."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Take the write lock first: upgrading later fails at once instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            # The same there: one writer at a time, so that what is read before a change still is so
            # when it is written. It ends with the transaction, and with its connection.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")
        yield connection
