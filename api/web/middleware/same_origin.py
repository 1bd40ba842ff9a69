"""Refuses changes that a web page of another origin asks for."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.middleware.host_check import KnownHosts
from api.web.problems import problem_response
from api.web.session_cookie import speaks_by_cookie

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FOREIGN = (
    "A web page of another origin may not change anything here. If it is yours, add its origin to "
    "ROENTGEN_ALLOWED_ORIGINS."
)
UNSAID = (
    "A change with a session in a cookie has to say which page it comes from (`Origin` or "
    "`Sec-Fetch-Site`), as browsers do. A script sends its token as `Authorization: Bearer …`."
)


class SameOrigin:
    """Refuses a change asked for by a web page of an origin that is not allowed.

    A browser says where a page comes from; scripts and curl do not. Without this, any page on the
    web could start a retraining on a server that runs on its visitor's machine. Whoever has a
    session in a cookie is a browser, and has to say it.
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
            FOREIGN if _says_where_from(scope) else UNSAID,
            title="Foreign origin",
        )
        await response(scope, receive, send)

    def _is_fine(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            site = headers.get("sec-fetch-site")
            if site is None:
                return not speaks_by_cookie(scope)
            return site not in {"cross-site", "same-site"}
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


def _says_where_from(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "origin" in headers or "sec-fetch-site" in headers
