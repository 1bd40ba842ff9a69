"""The load generator of `overload.py`: one fixed POST, sent at a pace that no answer slows down.

wrk, hey and locust wait for an answer before they send again, so that a slow server is asked less.
Crowds do not: here a request goes out when it is due, over another connection if all are taken or
were told to wait, as each is somebody else's.
"""

import json
import selectors
import socket
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks.serving.request_bodies import RequestBody

OK, REFUSED = 200, 429
# What did not come as a whole answer.
BROKEN, LATE = -1, -2
# How long answers may still come after the last request.
WAIT_LIMIT_S = 20.0
RECEIVE_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: when it was due, when its answer was complete, and what was in it."""

    due: float
    ended: float
    status: int
    retry_after_s: int | None = None
    prediction: str | None = None

    @property
    def seconds(self) -> float:
        """From the moment it was due, so that a queue in the generator counts as well."""
        return self.ended - self.due


@dataclass(slots=True, eq=False)
class _Connection:
    """A connection, and the request that is on it."""

    socket: socket.socket
    due: float = 0.0
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    received: bytearray = field(default_factory=bytearray)
    is_answered: bool = True
    paused_until: float = 0.0


class Generator:
    """Sends one request again and again; keeps what became of each in `sent`."""

    def __init__(self, url: str, body: RequestBody, *, most_connections: int = 10_000) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._request = memoryview(_request(parts.netloc, parts.path, body))
        self._most = most_connections
        self._selector = selectors.DefaultSelector()
        # In turns, so that none is idle long enough for the server to close it.
        self._idle: deque[_Connection] = deque()
        self._paused: deque[_Connection] = deque()
        self._busy: set[_Connection] = set()
        self.sent: list[Sent] = []
        self.closed_by_server = 0

    def closed_loop(self, connections: int, *, seconds: float) -> None:
        """Each connection sends as soon as its answer has come."""
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            self._idle += self._paused
            self._paused.clear()
            for _ in range(connections - len(self._busy)):
                self._begin(now)
            self._turn(end - now)
        self._finish()

    def open_loop(self, per_second: float, *, seconds: float) -> None:
        """A request each 1/`per_second` s, whatever becomes of those before it."""
        start = time.perf_counter()
        # Counted, not added up: rounding would make one more of them, or one less.
        for number in range(round(per_second * seconds)):
            due = start + number / per_second
            while (now := time.perf_counter()) < due:
                self._turn(due - now)
            self._begin(due)
        self._finish()

    def _begin(self, due: float) -> None:
        if len(self._busy) >= self._most:
            self.sent.append(Sent(due, time.perf_counter(), LATE))
            return
        while self._paused and self._paused[0].paused_until <= time.perf_counter():
            self._idle.append(self._paused.popleft())
        try:
            connection = self._idle.popleft() if self._idle else self._connected()
        except OSError:
            self.sent.append(Sent(due, time.perf_counter(), BROKEN))
            return
        connection.due, connection.unsent = due, self._request
        connection.received.clear()
        connection.is_answered = False
        self._busy.add(connection)
        self._send(connection)

    def _connected(self) -> _Connection:
        found = socket.create_connection(self._address, timeout=WAIT_LIMIT_S)
        found.setblocking(False)
        connection = _Connection(found)
        self._selector.register(found, selectors.EVENT_READ, connection)
        return connection

    def _turn(self, timeout_s: float) -> None:
        for key, events in self._selector.select(max(0.0, timeout_s)):
            connection: _Connection = key.data
            if events & selectors.EVENT_WRITE:
                self._send(connection)
            if events & selectors.EVENT_READ and connection.socket.fileno() >= 0:
                self._receive(connection)

    def _send(self, connection: _Connection) -> None:
        try:
            size = connection.socket.send(connection.unsent)
        except BlockingIOError:
            size = 0
        except OSError:
            self._drop(connection)
            return
        connection.unsent = connection.unsent[size:]
        more = selectors.EVENT_WRITE if connection.unsent else 0
        self._selector.modify(connection.socket, selectors.EVENT_READ | more, connection)
        self._rest(connection)

    def _receive(self, connection: _Connection) -> None:
        try:
            piece = connection.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._drop(connection)
            return
        connection.received += piece
        if answer := _answer(connection.received):
            sent = _sent(connection.due, *answer)
            self.sent.append(sent)
            connection.paused_until = sent.ended + (sent.retry_after_s or 0)
            connection.is_answered = True
            self._rest(connection)

    def _rest(self, connection: _Connection) -> None:
        """A refusal comes before its body has gone out; only then the connection is free."""
        if connection.is_answered and not connection.unsent:
            self._busy.discard(connection)
            must_wait = connection.paused_until > time.perf_counter()
            (self._paused if must_wait else self._idle).append(connection)

    def _drop(self, connection: _Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()
        self.closed_by_server += 1
        if connection in self._busy:
            self._busy.discard(connection)
            if not connection.is_answered:
                self.sent.append(Sent(connection.due, time.perf_counter(), BROKEN))
        else:
            (self._paused if connection in self._paused else self._idle).remove(connection)

    def _finish(self) -> None:
        until = time.perf_counter() + WAIT_LIMIT_S
        while self._busy and (now := time.perf_counter()) < until:
            self._turn(until - now)
        self.sent += [Sent(each.due, time.perf_counter(), LATE) for each in self._busy]
        for connection in (*self._busy, *self._idle, *self._paused):
            self._selector.unregister(connection.socket)
            connection.socket.close()
        self._busy.clear()
        self._idle.clear()
        self._paused.clear()


def _request(host: str, path: str, body: RequestBody) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        f"Content-Type: {body.content_type}",
        f"Content-Length: {len(body.content)}",
        *(f"{name}: {value}" for name, value in body.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body.content


def _answer(received: bytearray) -> tuple[int, Mapping[str, str], bytes] | None:
    """Status, headers and body, once all of it is there."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return None
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    if len(body) < int(headers["content-length"]):
        return None
    return int(status.split()[1]), headers, bytes(body)


def _sent(due: float, status: int, headers: Mapping[str, str], body: bytes) -> Sent:
    ended = time.perf_counter()
    if status == OK:
        return Sent(due, ended, status, prediction=json.loads(body)["id"])
    retry_after = headers.get("retry-after", "")
    return Sent(due, ended, status, int(retry_after) if retry_after.isdigit() else None)
