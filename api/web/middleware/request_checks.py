"""What happens to every request before a route sees it."""

import logging
import random
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import request_id
from api.web.links import root_of, root_path, route_path
from api.web.middleware.admission import COUNTED
from api.web.middleware.host_check import KnownHosts
from api.web.problems import problem_response

logger = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Names, parts and boundaries of a multipart body around its files.
MULTIPART_SLACK_BYTES = 1_000_000


class RequestContext:
    """Gives each request an id, says it in the response and in one log line.

    Films refused because the queue is full have no line: they are counted (see `Admission`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                    _client_of(scope),
                )


def _client_of(scope: Scope) -> str:
    """The client's address; a proxy that is trusted may write anything there."""
    client = scope.get("client")
    return ascii(str(client[0])[:100])[1:-1] if client else "-"


class SameOrigin:
    """Refuses a change asked for by a web page of an origin that is not allowed.

    A browser says where a page comes from; scripts and curl do not. Without this, any page on the
    web could start a retraining on a server that runs on its visitor's machine.
    """

    def __init__(self, app: ASGIApp, *, allowed: tuple[str, ...], hosts: KnownHosts) -> None:
        self.app, self._allowed, self._hosts = app, frozenset(allowed), hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or self._is_fine(scope):
            await self.app(scope, receive, send)
            return
        response = await run_in_threadpool(
            problem_response,
            Request(scope, receive),
            403,
            "A web page of another origin may not change anything here. If it is yours, add its "
            "origin to ROENTGEN_ALLOWED_ORIGINS.",
            title="Foreign origin",
        )
        await response(scope, receive, send)

    def _is_fine(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") not in {"cross-site", "same-site"}
        return origin in self._allowed or self._is_here(origin, headers.get("host", ""))

    def _is_here(self, origin: str, host: str) -> bool:
        """Whether a page came from this very server.

        A name counts only if it is known to be ours: a foreign page can make its own name point
        here (DNS rebinding), and its origin would then equal the host.
        """
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return False
        return bool(netloc) and netloc == host and self._hosts.knows(netloc)


class BodyLimit:
    """Refuses a body that is too large before it is parsed, whatever its headers claim."""

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int], default: int) -> None:
        self.app, self._limits, self._default = app, limits, default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limits.get(route_path(scope), self._default)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            response = await run_in_threadpool(
                problem_response, Request(scope, receive), 413, _too_large(limit), title="Too large"
            )
            await response(scope, receive, send)
            return
        await self.app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return counted


def _too_large(limit: int) -> str:
    return (
        f"The request is larger than {limit / 1e6:.0f} MB; send smaller or fewer files. "
        "The limit is a setting of the server."
    )
