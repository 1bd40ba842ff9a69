"""Gives every request an id and writes its line in the log."""

import logging
import random
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import request_id
from api.web.links import root_of, root_path
from api.web.middleware.admission import COUNTED
from api.web.middleware.request_checks import client_address

logger = logging.getLogger(__name__)


class RequestContext:
    """Gives each request an id, says it in the response and in one log line.

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
        root_path.set(root_of(scope))
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id.get()
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            if COUNTED not in scope:
                logger.info(
                    "request method=%s path=%r status=%d ms=%.1f client=%s",
                    scope["method"],
                    scope["path"],
                    status,
                    (time.perf_counter() - started) * 1e3,
                    client_address(scope) if self._logs_addresses else "-",
                )
