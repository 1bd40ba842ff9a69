"""`HEAD` wherever there is `GET`: the same headers, and no body."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Answers `HEAD` with the headers of `GET`; what would have been sent is not made further."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        answer = _HeadAnswer(receive, send)
        # A copy: the server looks at its own to know that there is no body.
        await self.app({**scope, "method": "GET"}, answer.receive, answer.send)


class _HeadAnswer:
    """To the application, a client that goes away once it has the headers."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._answered = asyncio.Event()

    async def receive(self) -> Message:
        waiting = [asyncio.ensure_future(each) for each in (self._receive(), self._gone())]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for task in waiting:
                task.cancel()

    async def send(self, message: Message) -> None:
        if self._answered.is_set():
            return
        if message["type"] == "http.response.start":
            await self._send(message)
        else:
            self._answered.set()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _gone(self) -> Message:
        await self._answered.wait()
        return {"type": "http.disconnect"}
