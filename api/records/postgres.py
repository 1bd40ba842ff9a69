"""What PostgreSQL needs otherwise than SQLite: connections, locks, and what its refusals mean."""

import hashlib
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api.records.postgres_connections import CONNECT_S, KEEPALIVE, Connector, TimeLimits

POOL_SIZE = 20
# Server processes are dear, and a worker has no more threads that ask than this.
MAX_OVERFLOW = 10
# By SQLSTATE: the server, or the way to it, went away. After a COMMIT it may have stored it or not.
AWAY = frozenset({"08", "40003", "57P01", "57P02", "57P03"})
# By SQLSTATE (PostgreSQL documentation, appendix A), or its class of two letters: what passes.
BUSY = frozenset({
    "08",  # the connection broke, or none came about
    "40",  # a deadlock, or a snapshot that somebody else's change made impossible
    "57P01", "57P02", "57P03",  # it shuts down, crashed, or starts
    "53300",  # too many connections
    "55P03",  # somebody held a lock too long
    "57014",  # the statement took too long
})  # fmt: skip
# The connection leads to a standby, as one that is left from before a failover.
STANDBY = frozenset({"25006"})
# Nothing can be written: the disk is full or fails.
UNWRITABLE = frozenset({"53100", "58030"})
# Nobody gets in with what ROENTGEN_DATABASE_URL says.
REFUSED = frozenset({"28", "3D000", "42501"})
# The same where no connection comes about: then the driver has words alone.
REFUSED_SIGNS = ("does not exist", "authentication failed", "pg_hba.conf", "permission denied")


def open_engine(url: URL, *, timeout_s: float, for_requests: bool = False) -> Engine:
    """An engine whose connections are asked before they are used, so that a restart of the server
    costs no request more than those that were being answered.

    Args:
        timeout_s: longest wait for a connection, and for a lock.
        for_requests: somebody waits for each statement, so that none may take long.
    """
    limits = TimeLimits.of(timeout_s, for_requests=for_requests)
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        max_overflow=MAX_OVERFLOW,
        pool_timeout=timeout_s,
        connect_args={"connect_timeout": limits.connect_timeout, **KEEPALIVE},
        hide_parameters=True,
    )
    # Queries take milliseconds. Of a large table the planner expects so much that it would compile
    # them first, which takes longer than they do.
    settings = {"jit": "off", **limits.settings}
    statement = "; ".join(f"SET {name} = {value}" for name, value in settings.items())

    def prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.commit()

    connector = Connector(limits)
    for name, listener in (
        ("do_connect", connector),
        ("connect", prepare),
        ("checkout", connector.taken),
        ("checkin", connector.given_back),
        ("handle_error", _leave_standby),
    ):
        event.listen(engine, name, listener)
    return engine


def _leave_standby(context: ExceptionContext) -> None:
    """Close all connections to a server that has become a standby, as one that the network cut off
    does: with `target_session_attrs=read-write` new ones lead to whoever takes changes now."""
    exc = context.original_exception
    if is_among(getattr(exc, "sqlstate", None), STANDBY):
        context.is_disconnect = True


def state_of(exc: DBAPIError) -> str | None:
    """The SQLSTATE; None where the server said none, as where nobody listens."""
    return getattr(exc.orig, "sqlstate", None)


def is_unanswered(exc: DBAPIError) -> bool:
    """Whether a COMMIT that failed with this may have come about all the same: the server did not
    say that it refused."""
    state = state_of(exc)
    return state is None or is_among(state, AWAY)


def is_among(state: str | None, states: frozenset[str]) -> bool:
    """Whether a SQLSTATE, or its class, is one of these."""
    return state is not None and (state in states or state[:2] in states)


def key_of(name: str) -> int:
    """The number of an advisory lock: 64 bits with a sign, of the database alone."""
    digest = hashlib.sha256(f"roentgen {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class AdvisoryLock:
    """A lock of the database's (`pg_advisory_lock`), on a connection of its own: whoever dies, or
    is cut off, lets go."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._key = engine, key_of(name)
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Take it, or make sure of it; False if somebody else has it.

        Raises: SQLAlchemyError where the server cannot be asked.
        """
        if self._connection is not None and self._is_alive(self._connection):
            return True
        self._connection = None
        connection = self._engine.connect()
        try:
            query = f"SELECT pg_try_advisory_lock({self._key})"
            is_ours = bool(connection.exec_driver_sql(query).scalar_one())
            connection.commit()
        except BaseException:
            connection.close()
            raise
        if is_ours:
            self._connection = connection
        else:
            connection.close()
        return is_ours

    def wait(self) -> None:
        """Take it, however long that takes. Raises: SQLAlchemyError."""
        connection = self._engine.connect()
        try:
            connection.exec_driver_sql(
                "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"
            )
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({self._key})")
            connection.commit()
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def release(self) -> None:
        """Let go; where the connection is broken, the server has done that."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            _hurry(connection)
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({self._key})")
            connection.commit()
        except SQLAlchemyError:
            connection.invalidate()
        connection.close()

    @staticmethod
    def _is_alive(connection: Connection) -> bool:
        """Whether its server still answers, and is not a standby, whose locks are its own."""
        try:
            _hurry(connection)
            is_primary = not connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one()
            connection.commit()
        except SQLAlchemyError:
            is_primary = False
        if not is_primary:
            connection.invalidate()
            connection.close()
        return is_primary


def _hurry(connection: Connection) -> None:
    """Ask no more of a connection than whether its server is there. Raises: SQLAlchemyError."""
    held: Any = connection.connection.dbapi_connection
    held.answer_s = CONNECT_S
