"""How long a body may take, and what becomes of the rest of one that is not wanted any more."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A body may take this long, and a second more for each so many bytes of it; no silence in it may
# take longer either, however much came before.
BODY_TIMEOUT_S = 20.0
MIN_BYTES_PER_S = 2000.0
# What is still on its way when the server is told to stop.
SHUTDOWN_TIMEOUT_S = 2.0
# How often a body that does not come is asked whether it is still wanted.
CHECK_EVERY_S = 0.5
# The rest of a body that was answered before its end is read for so long and so much of it, so
# that its sender sees the answer instead of a broken connection.
LINGER_S = 2.0
LINGER_BYTES = 200_000_000
CLOSE = {"Connection": "close"}


class BodyTimeout:
    """Ends a request whose body comes too slowly (408), so that it holds no place for ever.

    As Apache's `mod_reqtimeout` does it: some time, and more of it for what has arrived, but
    never more than at the beginning. A server that is being stopped has little of it (503).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        timeout_s: float = BODY_TIMEOUT_S,
        min_bytes_per_s: float = MIN_BYTES_PER_S,
    ) -> None:
        self.app, self._timeout_s, self._min_bytes_per_s = app, timeout_s, min_bytes_per_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return

        def is_stopping() -> bool:
            return bool(scope["app"].state.services.serving.shutdown)

        await self.app(scope, self._timed(receive, is_stopping), send)

    def _timed(self, receive: Receive, is_stopping: Callable[[], bool]) -> Receive:
        time = asyncio.get_running_loop().time
        deadline, end = time() + self._timeout_s, float("inf")
        complete = False

        async def paced() -> Message:
            nonlocal deadline, end, complete
            if complete:
                # What comes after the body is the end of the connection, whenever that is.
                return await receive()
            while True:
                if is_stopping():
                    end = min(end, time() + SHUTDOWN_TIMEOUT_S)
                try:
                    async with asyncio.timeout_at(min(deadline, end, time() + CHECK_EVERY_S)):
                        message = await receive()
                    break
                except TimeoutError:
                    self._check(time(), deadline, end)
            complete = not message.get("more_body", False)
            gained = len(message.get("body", b"")) / self._min_bytes_per_s
            deadline = min(deadline + gained, time() + self._timeout_s)
            return message

        return paced

    def _check(self, now: float, deadline: float, end: float) -> None:
        if now >= end:
            detail = "The server is being stopped; send it again, or ask another one."
            raise HTTPException(503, detail, headers=CLOSE) from None
        if now >= deadline:
            raise HTTPException(408, self._too_slow(), headers=CLOSE) from None

    def _too_slow(self) -> str:
        return (
            f"The body came too slowly: it may take {self._timeout_s:g} seconds, and a second "
            f"more for each {self._min_bytes_per_s / 1000:g} kB, and stop for no longer than that. "
            "Nothing was kept; send it again."
        )


class UnreadBody:
    """Ends the connection of a request that was answered before its body had come to an end.

    A server reads on after the answer, to find the next request behind the body, and a body may
    have no end. One that says how long it is, and is not very long, is left to the server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _may_be_endless(scope):
            await self.app(scope, receive, send)
            return
        complete = False

        async def noted() -> Message:
            nonlocal complete
            message = await receive()
            complete = not message.get("more_body", False)
            return message

        async def ended(message: Message) -> None:
            if message["type"] == "http.response.start" and not complete:
                headers = MutableHeaders(scope=message)
                if "connection" not in headers and not waits_to_send(scope):
                    await _linger(noted)
                if not complete:
                    headers["Connection"] = "close"
            await send(message)

        await self.app(scope, noted, ended)


def _may_be_endless(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    declared = headers.get("content-length", "")
    if declared.isdigit():
        return int(declared) > LINGER_BYTES or waits_to_send(scope)
    return "transfer-encoding" in headers


def waits_to_send(scope: Scope) -> bool:
    """Whether the client keeps its body until it is told to send it."""
    return Headers(scope=scope).get("expect", "").lower() == "100-continue"


async def _linger(receive: Receive) -> None:
    seen, more = 0, True
    try:
        async with asyncio.timeout(LINGER_S):
            while more and seen < LINGER_BYTES:
                message = await receive()
                seen += len(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError:
        return
