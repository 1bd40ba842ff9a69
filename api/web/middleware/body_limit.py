"""Refuses a body that is larger than its route allows."""

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.links import route_path
from api.web.problems import problem_response

# Names, parts and boundaries of a multipart body around its files.
MULTIPART_SLACK_BYTES = 1_000_000


class BodyLimit:
    """Refuses a body that is too large before it is parsed, whatever its headers claim."""

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int], default: int) -> None:
        """`limits`: by path; one that ends in a slash is for all paths below it."""
        self.app, self._limits, self._default = app, limits, default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit_of(route_path(scope))
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            response = await run_in_threadpool(
                problem_response, Request(scope, receive), 413, _too_large(limit), title="Too large"
            )
            await response(scope, receive, send)
            return
        await self.app(scope, _counted(receive, limit), send)

    def _limit_of(self, path: str) -> int:
        if path in self._limits:
            return self._limits[path]
        above = (name for name in self._limits if name.endswith("/") and path.startswith(name))
        return next((self._limits[name] for name in above), self._default)


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
