"""The server's handle of one compute process."""

import contextlib
import logging
import socket
import struct
from dataclasses import dataclass

from api import errors
from api.errors import AppError, InvalidCheckpoint, InvalidRequest, StorageFailed
from api.serving.processes import wire
from api.serving.processes.requests import Start
from api.serving.processes.wire import EXPECTED, UNEXPECTED, ConnectionLost, Reply

logger = logging.getLogger(__name__)

# Loading a model and proving it on its golden inputs; seconds even on a busy machine.
LOAD_TIMEOUT_S = 120.0
# The process ends itself at the bound; only one that is stopped or swapped out needs longer.
GRACE_S = 5.0
# Errors that a message alone does not describe; none of them is raised by a compute process.
NEEDS_MORE = (errors.JobAlreadyRunning, errors.Overloaded)


@dataclass(frozen=True, slots=True)
class ComputeProcess:
    """One compute process. `index`: its place in the pool, which a replacement takes over."""

    index: int
    pid: int
    connection: socket.socket

    def begin(self, start: Start) -> None:
        """Send the first request; `await_start` waits until it is done."""
        self._wait_at_most(LOAD_TIMEOUT_S)
        with contextlib.suppress(ConnectionLost):
            # `await_start` learns of it.
            wire.send_request(self.connection, start, seconds=LOAD_TIMEOUT_S)

    def await_start(self, *, max_image_seconds: float) -> None:
        """Wait until the process can be asked.

        Raises: StorageFailed if it ended; InvalidCheckpoint and others that loading raised.
        """
        try:
            reply = wire.receive_reply(self.connection)
        except ConnectionLost as exc:
            raise StorageFailed(f"A compute process ended at its start: {exc}") from exc
        raise_expected(reply)
        if unexpected := reply.values.get(UNEXPECTED):
            logger.error("compute process did not start\n%s", unexpected)
            raise InvalidCheckpoint(f"The model cannot be loaded: {unexpected.splitlines()[-1]}")
        self._wait_at_most(max_image_seconds + GRACE_S)

    def ask(self, request: object, content: bytes, *, seconds: float) -> Reply:
        """Send a request and wait for its reply. Raises: ConnectionLost."""
        wire.send_request(self.connection, request, content=content, seconds=seconds)
        return wire.receive_reply(self.connection)

    @property
    def has_ended(self) -> bool:
        """Whether the process closed its end. Only for one that owes no reply."""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    @property
    def is_given_up(self) -> bool:
        """Whether the server closed its end."""
        return self.connection.fileno() < 0

    def _wait_at_most(self, seconds: float) -> None:
        """How long the connection waits for anything from now on."""
        timeout = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.connection.setsockopt(socket.SOL_SOCKET, option, timeout)


def raise_expected(reply: Reply) -> None:
    """Raises: the AppError that the process raised, if it did."""
    if EXPECTED in reply.values:
        name, message = map(str, reply.values[EXPECTED])
        raise _error_type(name)(message)


def _error_type(name: str) -> type[AppError]:
    known = getattr(errors, name, None)
    if isinstance(known, type) and issubclass(known, AppError) and known not in NEEDS_MORE:
        return known
    return InvalidRequest
