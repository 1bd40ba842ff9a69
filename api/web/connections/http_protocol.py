"""Uvicorn's HTTP protocols with bounds on headers and connections, which they do not have.

Uvicorn 0.54 bounds idle keep-alive, and nothing before the headers are complete. Its command line
is given (`uvicorn api.main:app`), so the application puts these in place of its protocols while it
starts, before the first connection is accepted.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import h11
from starlette.types import Receive
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.web.connections import refusals
from api.web.connections.limits import (
    HEADER_OVERHEAD_BYTES,
    SWEEP_S,
    ConnectionTable,
    RequestDeadline,
)

logger = logging.getLogger(__name__)

# A closing connection whose client takes nothing is cut off after so long.
CLOSING_S = 2.0
# Requests that may wait behind the one that is worked on, over one connection.
MAX_PIPELINED = 100


class RequestRefused(Exception):
    """Raised within the parser, which ends the request; `answer` is what is sent."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.answer = answer


class BoundedConnection(asyncio.Protocol):
    """What is the same for both of Uvicorn's protocols; stands before one of them."""

    transport: asyncio.Transport
    client: tuple[str, int] | None
    cycle: Any

    def __init__(self, table: ConnectionTable, **options: Any) -> None:
        super().__init__(**options)
        self._table = table
        self.deadline = RequestDeadline(table.limits.header_s)

    @property
    def is_working(self) -> bool:
        """Whether a request is with the application."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it on, or close it where there is no room."""
        super().connection_made(transport)
        if not self._table.opened(self):
            self.refuse(refusals.no_room(self._table.limits))

    def connection_lost(self, exc: Exception | None) -> None:
        """Give its place free."""
        self._table.closed(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read."""
        self._table.stalls(self, now_stalled=True)
        super().pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._table.stalls(self, now_stalled=False)
        super().resume_writing()

    def end(self, reason: str) -> None:
        """Close it; half-sent headers have an answer."""
        if reason == "stalled":
            self.transport.abort()
        elif reason == "expired" and self.deadline.head_bytes:
            self.refuse(refusals.too_slow(self._table.limits))
        else:
            self._close()

    def refuse(self, answer: bytes) -> None:
        """Send this and close; within another answer there is nothing to say."""
        if self.transport.is_closing():
            return
        if not (self.is_working and self.cycle.response_started):
            # Whoever has the answer finds it counted, by another worker too.
            self._table.on_refusal(refusals.status_of(answer))
            self.transport.write(answer)
        self._close()

    def works(self) -> None:
        """The headers of a request are complete."""
        self._table.works(self)
        self.deadline.working()

    def waits(self, *, head_bytes: int, body_is_complete: bool) -> None:
        """The next request has its time from here on, unless one is worked on."""
        if not self.transport.is_closing() and not self.is_working:
            now = self._table.clock()
            self.deadline.answered(now, head_bytes=head_bytes, body_is_complete=body_is_complete)
            self._table.waits(self)
            if head_bytes:
                # It is not idle.
                self._unset_keepalive_if_required()

    def _unset_keepalive_if_required(self) -> None:
        super()._unset_keepalive_if_required()  # type: ignore[misc]

    def _close(self) -> None:
        self.transport.close()
        asyncio.get_running_loop().call_later(CLOSING_S, self.transport.abort)


class BoundedHttpTools(BoundedConnection, HttpToolsProtocol):
    """Uvicorn's default protocol; its parser keeps a header of any size."""

    def __init__(self, table: ConnectionTable, **options: Any) -> None:
        super().__init__(table, **options)
        # Bytes since the parser last gave something: of headers, trailers, sizes of chunks.
        self._unparsed_bytes = 0
        self._progressed = False
        self._head_has_begun = False
        self._body_is_complete = True
        self._refused: bytes | None = None

    def data_received(self, data: bytes) -> None:
        """Parse, and count what came to nothing."""
        self._progressed = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._unparsed_bytes = 0 if self._progressed else self._unparsed_bytes + len(data)
        if self._unparsed_bytes > self._table.limits.header_bytes:
            self.refuse(refusals.too_large(self._table.limits))
        elif not self.is_working and not (self._progressed and self._body_is_complete):
            self.deadline.received(len(data), self._table.clock())

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._head_has_begun = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; one behind the body (a trailer) means nothing here."""
        if self._head_has_begun:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request. Raises: RequestRefused."""
        size = len(self.url) + sum(
            len(name) + len(value) + HEADER_OVERHEAD_BYTES for name, value in self.headers
        )
        if size > self._table.limits.header_bytes:
            self._refused = refusals.too_large(self._table.limits)
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refused = refusals.too_many_ahead(MAX_PIPELINED)
        if self._refused:
            raise RequestRefused(self._refused)
        self._progressed = True
        self._head_has_begun = self._body_is_complete = False
        self.works()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The application bounds a body; of one that was answered, the deadline does."""
        self._progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has come whole."""
        self._body_is_complete = True
        if not self.is_working:
            self.deadline.body_ended(self._table.clock())
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """What came of the next request waits no longer for this one."""
        super().on_response_complete()
        begun = max(self._unparsed_bytes, 1) if self._head_has_begun else 0
        self.waits(head_bytes=begun, body_is_complete=self._body_is_complete)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, as a problem."""
        self.refuse(self._refused or refusals.no_http())


class BoundedH11(BoundedConnection, H11Protocol):
    """The same for `--http h11`, whose parser bounds what it keeps of incomplete headers."""

    def data_received(self, data: bytes) -> None:
        """Parse, and note whether a request came of it."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self.is_working:
            self.works()
        else:
            self.deadline.received(len(data), self._table.clock())

    def on_response_complete(self) -> None:
        """What came of the next request waits no longer for this one."""
        super().on_response_complete()
        self.waits(
            head_bytes=len(self.conn.trailing_data[0]),
            body_is_complete=self.conn.their_state is not h11.SEND_BODY,
        )

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, as a problem."""
        cause = sys.exc_info()[1]
        is_size = isinstance(cause, h11.RemoteProtocolError) and cause.error_status_hint == 431
        self.refuse(refusals.too_large(self._table.limits) if is_size else refusals.no_http())


BOUNDED: dict[type[asyncio.Protocol], Callable[..., asyncio.Protocol]] = {
    HttpToolsProtocol: BoundedHttpTools,
    H11Protocol: BoundedH11,
}


def bound_server(receive: Receive, table: ConnectionTable) -> bool:
    """Bound the connections of the server that starts this application.

    Called at the lifespan's startup: the server accepts its first connection after that.

    Args:
        receive: the lifespan's; Uvicorn's is a method of an object that knows its configuration.

    Returns: whether the server can be bounded; a line of the log says why not.
    """
    config = getattr(getattr(receive, "__self__", None), "config", None)
    if not isinstance(config, Config):
        _warn("the server is not Uvicorn")
        return False
    # It believes what anybody on this machine says of the client; a setting names proxies here.
    if isinstance(config.loaded_app, ProxyHeadersMiddleware):
        config.loaded_app = config.loaded_app.app
    bounded = BOUNDED.get(config.http_protocol_class)
    if bounded is None:
        _warn("Uvicorn runs with another protocol than httptools or h11")
        return False
    # There is no WebSocket here, and one would leave the table.
    config.ws_protocol_class = None
    config.h11_max_incomplete_event_size = table.limits.header_bytes
    config.http_protocol_class = partial(bounded, table)  # type: ignore[assignment]
    return True


async def sweep_forever(table: ConnectionTable) -> None:
    """End what takes too long, until this is cancelled."""
    pause_s = min(SWEEP_S, table.limits.header_s / 4)
    while True:
        await asyncio.sleep(pause_s)
        table.sweep()


def _warn(why: str) -> None:
    logger.warning(
        "connections are not bounded reason=%r: the server's own limits on headers and "
        "connections apply; put a proxy before it, or run `uvicorn api.main:app`",
        why,
    )
