"""Gives every request an id, counts it, and writes its line in the log."""

import logging
import random
import time
from functools import partial

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import FIELDS, request_id, request_route
from api.monitoring.metrics.observers import RequestCounts
from api.web.links import root_of, root_path
from api.web.middleware.admission import COUNTED
from api.web.middleware.request_checks import client_address
from api.web.principals import principal_of
from api.web.route_templates import logged_path, route_template

logger = logging.getLogger(__name__)

# Where the application keeps what counts its requests.
COUNTS = "request_counts"


class RequestContext:
    """Gives each request an id, says it in the response and in one log line, and counts it.

    Films refused because the queue is full have no line: they are counted (see `Admission`).
    """

    def __init__(self, app: ASGIApp, *, logs_addresses: bool = True) -> None:
        self.app, self._logs_addresses = app, logs_addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Each request is a task with a context of its own: nothing to reset, and the handler of
        # unexpected errors, which is outside of this, still sees the id. Its chance is not the
        # system's: asking that lets go of the interpreter, and another thread takes it.
        request_id.set(f"{random.getrandbits(64):016x}")
        request_route.set(partial(_route_named, scope))
        root_path.set(root_of(scope))
        started, status, size_bytes = time.perf_counter(), 500, 0

        async def send_with_id(message: Message) -> None:
            nonlocal status, size_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id.get()
            else:
                size_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            client = client_address(scope) if self._logs_addresses else "-"
            _ended(scope, status, size_bytes, seconds=time.perf_counter() - started, client=client)


def _route_named(scope: Scope) -> str:
    return f"{scope['method']} {route_template(scope)}"


def _ended(scope: Scope, status: int, size_bytes: int, *, seconds: float, client: str) -> None:
    """Count a request, and write its line."""
    counts: RequestCounts | None = getattr(scope["app"].state, COUNTS, None)
    if counts is not None:
        counts.answered(route_template(scope), scope["method"], status, seconds=seconds)
    if COUNTED in scope or not logger.isEnabledFor(logging.INFO):
        return
    logger.info(
        "request method=%s path=%r status=%d ms=%.1f client=%s",
        scope["method"],
        logged_path(scope),
        status,
        seconds * 1e3,
        client,
        extra={FIELDS: partial(_fields, scope, status, size_bytes, seconds, client)},
    )


def _fields(
    scope: Scope, status: int, size_bytes: int, seconds: float, client: str
) -> dict[str, object]:
    """The same for a log of JSON lines: no path, which may name a site, and no query."""
    return {
        "event": "request",
        "actor": principal_of(scope).name,
        "method": scope["method"],
        "route": route_template(scope),
        "status": status,
        "duration_s": round(seconds, 6),
        "bytes": size_bytes,
        "client": client,
    }
