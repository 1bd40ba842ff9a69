"""Who asks, and may they: decided before anything of a request is worked on."""

from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.accounts.principal import ANONYMOUS, LOCAL, Principal
from api.errors import AppError, Forbidden, NotAuthenticated
from api.web.connections.proxies import TrustedProxies
from api.web.connections.this_machine import is_this_machine
from api.web.deps import services_of_scope
from api.web.links import route_path
from api.web.principals import PRINCIPAL
from api.web.problems import refusal
from api.web.route_rights import Access, Gate, access_to, may_pass
from api.web.session_cookie import drop_session, speaks_by_cookie, token_of

Mode = Literal["auto", "required", "off"]


class Authentication:
    """Leaves the principal with the request, and refuses what they have no right to (401, 403).

    A token that was looked up a moment ago costs one SHA-256; see `verified_tokens.py`.

    Args:
        mode: `auto`: this machine itself needs no session or key; `required`: it does; `off`:
            nobody does.
        proxies: those that are believed when they name their client.
    """

    def __init__(self, app: ASGIApp, *, mode: Mode, proxies: TrustedProxies) -> None:
        self.app, self._mode, self._proxies = app, mode, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._mode == "off":
            await self.app(scope, receive, send)
            return
        access = access_to(scope["method"], route_path(scope))
        try:
            scope[PRINCIPAL] = await self._admitted(scope, access)
        except NotAuthenticated as exc:
            await _challenge(scope, exc)(scope, receive, send)
        except AppError as exc:
            # It is written to the records.
            response = await run_in_threadpool(refusal, Request(scope), exc)
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _admitted(self, scope: Scope, access: Access) -> Principal:
        """Raises: NotAuthenticated, Forbidden, StoreBusy, StorageFailed."""
        if access is Gate.OPEN:
            return ANONYMOUS
        is_here = is_this_machine(scope, self._proxies)
        principal = await self._principal(scope, is_here=is_here, access=access)
        if not may_pass(principal, access, is_from_loopback=is_here):
            raise Forbidden(
                f"'{principal.name}' has no right to this: it needs '{access}', and you have "
                f"{', '.join(sorted(principal.rights)) or 'none'}. An admin gives roles and keys."
            )
        return principal

    async def _principal(self, scope: Scope, *, is_here: bool, access: Access) -> Principal:
        token = token_of(scope)
        if token is None and is_here:
            if self._mode == "auto":
                return LOCAL
            if access is Gate.READ_OR_LOOPBACK:
                return ANONYMOUS
        accounts = services_of_scope(scope).accounts
        if token is None:
            raise await run_in_threadpool(accounts.require_token)
        if found := accounts.remembered(token):
            return found
        return await run_in_threadpool(accounts.verify, token)


def _challenge(scope: Scope, exc: NotAuthenticated) -> Response:
    response = refusal(Request(scope), exc)
    if speaks_by_cookie(scope):
        # A browser that keeps a session which ended would be refused for ever.
        drop_session(response, scope)
    return response
