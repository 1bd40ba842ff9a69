"""How long a connection to PostgreSQL waits: for the server, for an answer, for the network.

A server that hangs closes no connection, and the driver would wait for it without end. Its own
`statement_timeout` ends what is slow; what says nothing at all is left here.
"""

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import psycopg

# A machine that falls off the network is noticed within five seconds, by both sides: until then
# the server holds its locks. Sockets of the same machine take no notice.
KEEPALIVE: dict[str, int] = {
    "keepalives": 1, "keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}  # fmt: skip
SERVER_KEEPALIVE: dict[str, int] = {
    f"tcp_{name}" if name.startswith("keepalives_") else name: value
    for name, value in KEEPALIVE.items()
    if name != "keepalives"
}
# Longest wait for a connection to one server, and for its answer to nothing but a question whether
# it is there. The driver waits two seconds at least for a connection.
CONNECT_S = 3.0
# A query of a request takes milliseconds; with very many rows, and on a busy machine, more.
STATEMENT_S = 5.0
# The server ends a statement before its client gives it up, and says why.
ANSWER_S = 1.0
# After a server that let a connection wait in vain others are refused at once for so long.
PAUSE_S = 2.0
Result = TypeVar("Result")
Steps = Generator[Any, Any, Result]


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long a connection waits, in seconds; of a statement None is without end."""

    lock_s: float
    statement_s: float | None

    @classmethod
    def of(cls, timeout_s: float, *, for_requests: bool) -> "TimeLimits":
        """Args: timeout_s: longest wait for a lock; `for_requests`: somebody waits for each."""
        return cls(timeout_s, max(timeout_s, STATEMENT_S) if for_requests else None)

    @property
    def connect_s(self) -> float:
        """To connect, to prepare a connection, to ask whether it still leads to the server."""
        return max(1.0, min(self.lock_s, CONNECT_S))

    @property
    def connect_timeout(self) -> int:
        """The driver's option of this name."""
        return max(2, math.ceil(self.connect_s))

    @property
    def answer_s(self) -> float | None:
        """How long a server may say nothing to a statement."""
        return None if self.statement_s is None else self.statement_s + ANSWER_S

    @property
    def settings(self) -> dict[str, int | str]:
        """What the server is told of them, for each connection."""
        return {
            "lock_timeout": _milliseconds(self.lock_s),
            "statement_timeout": _milliseconds(self.statement_s or 0),
            **SERVER_KEEPALIVE,
        }


class Connector:
    """Connects an engine's pool (SQLAlchemy's event `do_connect`)."""

    def __init__(self, limits: TimeLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._refused_until = 0.0

    def __call__(
        self, _dialect: object, _record: object, args: list[Any], options: dict[str, Any]
    ) -> "psycopg.Connection[Any]":
        """Raises: psycopg.Error."""
        from psycopg.errors import ConnectionTimeout

        if self._clock() < self._refused_until:
            raise ConnectionTimeout("the server did not answer a moment ago")
        try:
            connection = cast("Any", timed_connection()).connect(*args, **options)
        except ConnectionTimeout:
            self._refused_until = self._clock() + PAUSE_S
            raise
        connection.answer_s = self._limits.connect_s
        return cast("psycopg.Connection[Any]", connection)

    def taken(self, connection: Any, *_: object) -> None:
        """The pool gives a connection to somebody, who asks more of it (event `checkout`)."""
        connection.answer_s = self._limits.answer_s

    def given_back(self, connection: Any, *_: object) -> None:
        """What is asked of it next is whether its server is there (event `checkin`)."""
        if connection is not None:
            connection.answer_s = self._limits.connect_s


@cache
def timed_connection() -> type["psycopg.Connection[Any]"]:
    """The driver's connection, closed by whoever waits for its server longer than `answer_s`."""
    import psycopg

    class TimedConnection(psycopg.Connection[Any]):
        answer_s: float | None = None

        def wait(self, gen: Steps[Result], *args: Any, **options: Any) -> Result:
            """See `psycopg.Connection.wait`. Raises: OperationalError, and it is closed."""
            return super().wait(self._heard(gen), *args, **options)

        def _heard(self, steps: Steps[Result]) -> Steps[Result]:
            """The steps of an exchange, as long as the server says something now and then."""
            is_ready, heard_at = None, time.monotonic()
            while True:
                try:
                    awaited = steps.send(is_ready)
                except StopIteration as exc:
                    return cast("Result", exc.value)
                is_ready = yield awaited
                # The driver looks ten times a second whether there is something.
                if is_ready:
                    heard_at = time.monotonic()
                elif self.answer_s is not None and time.monotonic() - heard_at > self.answer_s:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(
                        f"the server said nothing for {self.answer_s:.0f} s"
                    )

    return TimedConnection


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000)) if seconds else 0
