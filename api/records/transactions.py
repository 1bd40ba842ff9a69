"""How a transaction that writes begins, and how it ends."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from api.errors import OutcomeUnknown
from api.records import postgres

# The advisory lock of those who write to a database: any number that nobody else uses there.
WRITERS = 0x526F_656E_7467_656E


@contextlib.contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """Committed at the end, or nothing of it is stored.

    Raises: what the database raises; OutcomeUnknown where it did not answer the COMMIT.
    """
    with engine.connect() as connection:
        wait_for_writers(connection)
        yield connection
        _commit(connection)


def wait_for_writers(connection: Connection) -> None:
    """Begin a transaction that no other writer's is beside: what is read before a change still is
    so when it is written, and a change that nobody answered has come about by now, or never does.
    """
    if connection.dialect.name == "sqlite":
        # Take the write lock first: upgrading later fails at once instead of waiting.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        # It ends with the transaction, and with its connection.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")


def _commit(connection: Connection) -> None:
    try:
        connection.commit()
    except DBAPIError as exc:
        if connection.dialect.name == "postgresql" and postgres.is_unanswered(exc):
            raise OutcomeUnknown(
                "The database server went away before it said whether this was stored; look, or "
                "try again in a moment."
            ) from exc
        raise
