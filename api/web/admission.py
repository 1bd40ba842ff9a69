"""Who is let in: nobody when the queue is full."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

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
        if scope["type"] == "http" and scope["path"] in self._paths and scope["method"] == "POST":
            try:
                scope["app"].state.services.compute.check()
            except Overloaded as exc:
                await overloaded_response(Request(scope), exc)(scope, receive, send)
                return
        await self.app(scope, receive, send)
