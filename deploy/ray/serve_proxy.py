"""What stands in each proxy of Ray Serve: set it where `ray start` runs,

    RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=deploy.ray.serve_proxy:middlewares

so that a proxy holds little of a body that the application has not taken yet, and what Ray itself
refuses is a problem document (RFC 9457) that says what to do.
"""

import asyncio
import json

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.security_headers import SECURITY_HEADERS

# Of one body, between a client and the application. A film mostly fits, so it never waits.
WINDOW_BYTES = 2_000_000
# The application tells of what it took each time it is that much.
TAKEN_BYTES = 500_000
TAKEN = "roentgen.body.taken"
WINDOW = "roentgen.body.window"

REQUEST_ID = "x-request-id"
RETRY_AFTER_S = 2
# What Ray refuses with, beside what begins with 5.
RAYS = frozenset({404, 408, 429})
AWAY = (
    "Service Unavailable",
    "All nodes are busy, starting or away; send the request again after some seconds.",
)
LATE = ("Request Timeout", "The answer took too long; send less at a time.")
LOST = (
    "Service Unavailable",
    "The node that worked on the request was lost before it answered; look whether it was done, "
    "and otherwise send it again.",
)


def middlewares() -> list[Middleware]:
    """What Ray Serve puts around its proxy; the last one sees a request first."""
    return [Middleware(BodyWindow), Middleware(Problems)]


class BodyWindow:
    """Reads a body no further than `window_bytes` ahead of what the application took of it.

    Ray's proxy and its replica each put what they read into a queue without a bound. An application
    that is wrapped in `BodyTaken` sends a message on the way of its answer for what it took.
    """

    def __init__(self, app: ASGIApp, window_bytes: int = WINDOW_BYTES) -> None:
        self._app, self._window_bytes = app, window_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ahead, room = 0, asyncio.Event()
        room.set()

        def moved(size_bytes: int) -> None:
            nonlocal ahead
            ahead += size_bytes
            (room.set if ahead < self._window_bytes else room.clear)()

        async def paced() -> Message:
            await room.wait()
            message = await receive()
            moved(len(message.get("body", b"")))
            return message

        async def heeding(message: Message) -> None:
            if message["type"] == TAKEN:
                moved(-message["bytes"])
            else:
                await send(message)

        extensions = (scope.get("extensions") or {}) | {WINDOW: {}}
        await self._app({**scope, "extensions": extensions}, paced, heeding)


class BodyTaken:
    """Around the application in a replica: tells a `BodyWindow` what was taken of the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if WINDOW not in (scope.get("extensions") or {}):
            await self._app(scope, receive, send)
            return
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken >= TAKEN_BYTES:
                reported, taken = taken, 0
                await send({"type": TAKEN, "bytes": reported})
            return message

        await self._app(scope, counting, send)


class Problems:
    """Puts a problem document in place of the plain text, or the nothing, that Ray answers with.

    Of the numbers that Ray and the API each give a request the API's stays in `X-Request-ID`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Ray's own pages: /-/healthz, /-/routes.
        if scope["type"] != "http" or scope["path"].startswith("/-/"):
            await self._app(scope, receive, send)
            return
        is_begun = is_replaced = False

        async def answering(message: Message) -> None:
            nonlocal is_begun, is_replaced
            if message["type"] == "http.response.start":
                is_begun = True
                headers = Headers(raw=list(message.get("headers", ())))
                if is_replaced := _is_rays(message["status"], headers):
                    is_late = message["status"] == 408
                    status, words = (408, LATE) if is_late else (503, AWAY)
                    await _send_problem(send, status, *words, headers.get(REQUEST_ID))
                message = {**message, "headers": _with_one_id(headers)}
            if not is_replaced:
                await send(message)

        await self._app(scope, receive, answering)
        if not is_begun:
            await _send_problem(send, 503, *LOST)


def _is_rays(status: int, headers: Headers) -> bool:
    """The API's own errors are JSON, but those that the framework itself answers with (400 and 416
    for a wrong `Range`), which Ray has none of."""
    is_plain = headers.get("content-type", "text/plain").startswith("text/plain")
    return is_plain and (status in RAYS or status >= 500)


def _with_one_id(headers: Headers) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in headers.raw if name.lower() != REQUEST_ID.encode()]
    return others + [(REQUEST_ID.encode(), i.encode()) for i in headers.getlist(REQUEST_ID)[:1]]


async def _send_problem(
    send: Send, status: int, title: str, detail: str, request_id: str | None = None
) -> None:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if request_id:
        body["request_id"] = request_id
    content = json.dumps(body).encode()
    headers = SECURITY_HEADERS | {
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(content)),
    }
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if request_id:
        headers[REQUEST_ID] = request_id
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})
