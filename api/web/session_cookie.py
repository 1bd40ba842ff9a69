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
# What a browser keeps while somebody logs in at a provider.
PLAIN_FLOW, SECURE_FLOW = "roentgen_oidc", "__Host-roentgen_oidc"


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
    _set(response, scope, _name(scope), token, max(0, int((expires_at - now()).total_seconds())))


def drop_session(response: Response, scope: Scope) -> None:
    """Let the browser forget it."""
    _drop(response, scope, _name(scope))


def flow_of(scope: Scope) -> str | None:
    """What the browser kept when it left for the provider."""
    return _cookie(Headers(scope=scope).get("cookie", ""), _flow_name(scope))


def keep_flow(response: Response, scope: Scope, flow: str, *, seconds: int) -> None:
    """Let the browser keep it until it comes back: that is another site's page sending it here,
    which `lax` allows for links."""
    _set(response, scope, _flow_name(scope), flow, seconds)


def drop_flow(response: Response, scope: Scope) -> None:
    """Let the browser forget it."""
    _drop(response, scope, _flow_name(scope))


def _set(response: Response, scope: Scope, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


def _drop(response: Response, scope: Scope, name: str) -> None:
    secure = scope["scheme"] == "https"
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def _flow_name(scope: Scope) -> str:
    return SECURE_FLOW if scope["scheme"] == "https" else PLAIN_FLOW


def _name(scope: Scope) -> str:
    return SECURE if scope["scheme"] == "https" else PLAIN


def _cookie(header: str, name: str) -> str | None:
    return cookie_parser(header).get(name) if name in header else None
