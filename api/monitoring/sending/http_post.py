"""One POST to another system, with an end however slowly it answers.

It follows no redirect and uses no proxy; addresses in the same building are as good as others.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

CONNECT_TIMEOUT_S = 5.0
# What is wrong with a connection, or with what comes over it.
CONNECTION_ERRORS = (OSError, HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A status, and the beginning of the body if it was asked for."""

    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def in_words(self) -> str:
        """Of what is not good."""
        hint = "; redirects are not followed" if 300 <= self.status < 400 else ""
        return f"answered {self.status}{hint}"


def post(
    url: str,
    body: Callable[[], bytes],
    headers: Mapping[str, str],
    *,
    total_s: float,
    answer_bytes: int = 0,
) -> HttpAnswer:
    """Send, and wait for the answer.

    Args:
        body: made once somebody listens.
        total_s: from the body's first byte to the answer, in seconds.
        answer_bytes: so much of the answer's body is read.

    Raises: OSError, HTTPException, ValueError, and what `body` raises.
    """
    parts = urlsplit(url)
    connection = _connection(parts)
    try:
        connection.connect()
        content = body()
        with _deadline(connection.sock, total_s):
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, content, {**headers, "Connection": "close"})
            # Its end closes the socket, which is the answer's once it has begun.
            with connection.getresponse() as answer:
                read = answer.read(answer_bytes) if answer_bytes else b""
                return HttpAnswer(answer.status, read)
    finally:
        connection.close()


def _connection(url: SplitResult) -> HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(host, url.port, timeout=CONNECT_TIMEOUT_S, context=context)
    return HTTPConnection(host, url.port, timeout=CONNECT_TIMEOUT_S)


@contextmanager
def _deadline(connected: socket.socket, total_s: float) -> Iterator[None]:
    """End the connection when the time is over, also while its other side sends byte by byte."""
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    connected.settimeout(total_s)
    timer = threading.Timer(total_s, end)
    timer.daemon = True
    timer.start()
    late = TimeoutError(f"no answer within {total_s:g} s")
    try:
        yield
    except (OSError, HTTPException) as exc:
        if is_late.is_set():
            raise late from exc
        raise
    finally:
        timer.cancel()
    # The end of a connection reads like the end of an answer.
    if is_late.is_set():
        raise late
