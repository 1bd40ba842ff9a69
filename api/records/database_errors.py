"""What a database's refusal means, in a sentence for people."""

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.errors import StorageFailed, StoreBusy
from api.records import postgres

FULL_DISK_SIGNS = ("disk is full", "readonly database", "read-only", "disk i/o error")


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Translate a database's refusal into a sentence for people."""
    try:
        yield
    except PoolTimeout as exc:
        raise StoreBusy("Too many requests wait for the records; try again in a moment.") from exc
    except (IntegrityError, DataError):
        # It is this row that does not fit; the database is well.
        raise
    except DatabaseError as exc:
        _raise_for_state(exc)
        # The lines after the first quote the statement.
        reason = str(exc.orig).partition("\n")[0].lower()
        if any(sign in reason for sign in FULL_DISK_SIGNS):
            raise StorageFailed(
                f"The records could not be written ({reason}); nothing was stored. "
                "Free some space or fix the folder's permissions, then try again."
            ) from exc
        if "locked" in reason or "unable to open" in reason or exc.connection_invalidated:
            raise StoreBusy(
                f"The records cannot be reached right now ({reason}); try again in a moment."
            ) from exc
        raise StorageFailed(
            f"The records are damaged or incomplete ({reason}); nothing was stored. "
            "Whoever runs this service has to restore them."
        ) from exc


def _raise_for_state(exc: DatabaseError) -> None:
    """What PostgreSQL says by a code instead of words; nothing where it is another database."""
    state = postgres.state_of(exc)
    # Nobody answered: only a connection that does not come about has no code.
    is_silent = state is None and type(exc.orig).__module__.startswith("psycopg")
    is_refused = is_silent and any(sign in str(exc.orig) for sign in postgres.REFUSED_SIGNS)
    if (is_silent and not is_refused) or postgres.is_among(state, postgres.BUSY):
        raise StoreBusy(
            "The database server cannot be reached right now, or is busy; try again in a moment."
        ) from exc
    if postgres.is_among(state, postgres.STANDBY):
        raise StoreBusy(
            "The database server is a standby and takes no changes; nothing was stored. Try again "
            "in a moment. If it stays so, name every server in ROENTGEN_DATABASE_URL, with "
            "target_session_attrs=read-write."
        ) from exc
    if postgres.is_among(state, postgres.UNWRITABLE):
        raise StorageFailed(
            "The database server takes no changes (its disk is full or fails); nothing was stored. "
            "Free some space there."
        ) from exc
    if is_refused or postgres.is_among(state, postgres.REFUSED):
        raise StorageFailed(
            "The database server lets this service not in, or not at its tables; fix the user, the "
            "password, the database or the rights that ROENTGEN_DATABASE_URL stands for."
        ) from exc
