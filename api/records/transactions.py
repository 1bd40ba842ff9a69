"""How a transaction that writes begins."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine


@contextlib.contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """Committed at the end, or nothing of it is stored. Raises: what the database raises."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Take the write lock first: upgrading later fails at once instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
