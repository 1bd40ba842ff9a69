"""Who is let in: nobody when the queue is full."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Overloaded
from api.web.problems import overloaded_response


class Admission:
    """Refuses a film that would wait too long, before a byte of its body is read.

    The refusal costs tenths of a millisecond, so that a flood leaves the time to those who were let
    in.
    """

    def __init__(self, app: ASGIApp, *, paths: frozenset[str]) -> None:
        self.app, self._paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self._paths or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            come = scope["app"].state.services.compute.announce()
        except Overloaded as exc:
            await overloaded_response(Request(scope), exc)(scope, receive, send)
            return

        async def noted() -> Message:
            message = await receive()
            if not message.get("more_body", False):
                come()
            return message

        try:
            await self.app(scope, noted, send)
        finally:
            come()
