"""Who is let in: nobody when the queue is full, and nobody who sends a body drop by drop."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Overloaded
from api.web.problems import overloaded_response

# A body may take this long, and a second more for each so many bytes of it.
PATIENCE_S = 20.0
SLOWEST_BYTES_PER_S = 2000.0


class Admission:
    """Refuses a film that would wait too long, before a byte of its body is read.

    The refusal costs a tenth of a millisecond, so that a flood leaves the time to those who were
    let in.
    """

    def __init__(self, app: ASGIApp, *, paths: frozenset[str]) -> None:
        self.app, self._paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in self._paths and scope["method"] == "POST":
            try:
                scope["app"].state.services.compute.check()
            except Overloaded as exc:
                await overloaded_response(Request(scope), exc)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BodyPace:
    """Ends a request whose body comes too slowly (408), so that it holds no place for ever.

    As Apache's `mod_reqtimeout` does it: some patience, and more of it for what has arrived.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        patience_s: float = PATIENCE_S,
        slowest_bytes_per_s: float = SLOWEST_BYTES_PER_S,
    ) -> None:
        self.app, self._patience_s, self._slowest = app, patience_s, slowest_bytes_per_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        await self.app(scope, self._paced(receive), send)

    def _paced(self, receive: Receive) -> Receive:
        deadline = asyncio.get_running_loop().time() + self._patience_s
        complete = False

        async def paced() -> Message:
            nonlocal deadline, complete
            if complete:
                # What comes after the body is the end of the connection, whenever that is.
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, self._too_slow(), headers={"Connection": "close"}
                ) from None
            complete = not message.get("more_body", False)
            deadline += len(message.get("body", b"")) / self._slowest
            return message

        return paced

    def _too_slow(self) -> str:
        return (
            f"The body came too slowly: it may take {self._patience_s:g} seconds, and a second "
            f"more for each {self._slowest / 1000:g} kB. Nothing was kept; send it again."
        )
