"""The cookie that holds a browser's session, and where a request has its token."""

from datetime import datetime

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from api.clock import now

# Over TLS a browser keeps the second name to this host alone (RFC 6265bis), which no neighbour in
# the same domain can set.
PLAIN, SECURE = "roentgen_session", "__Host-roentgen_session"
BEARER = "bearer "


def token_of(scope: Scope) -> str | None:
    """What says who asks: of the header `Authorization: Bearer`, else of the cookie."""
    headers = Headers(scope=scope)
    authorization = headers.get("authorization", "")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip()
    return _cookie(headers.get("cookie", ""), _name(scope))


def speaks_by_cookie(scope: Scope) -> bool:
    """Whether it is a cookie, which a browser sends by itself, that says who asks."""
    headers = Headers(scope=scope)
    if headers.get("authorization", "")[: len(BEARER)].lower() == BEARER:
        return False
    return _cookie(headers.get("cookie", ""), _name(scope)) is not None


def keep_session(response: Response, scope: Scope, token: str, expires_at: datetime) -> None:
    """Let the browser have the session: no script reads it, no other site's page sends it."""
    response.set_cookie(
        _name(scope),
        token,
        max_age=max(0, int((expires_at - now()).total_seconds())),
        path="/",
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


def drop_session(response: Response, scope: Scope) -> None:
    """Let the browser forget it."""
    secure = scope["scheme"] == "https"
    response.delete_cookie(_name(scope), path="/", secure=secure, httponly=True, samesite="lax")


def _name(scope: Scope) -> str:
    return SECURE if scope["scheme"] == "https" else PLAIN


def _cookie(header: str, name: str) -> str | None:
    return cookie_parser(header).get(name) if name in header else None
