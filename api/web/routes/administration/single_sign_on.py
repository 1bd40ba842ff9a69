"""`/auth/oidc`: log in by an OpenID provider."""

import logging
import secrets
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.accounts.session import LoggedIn
from api.accounts.single_sign_on import FLOW_LIFETIME, Flow, SingleSignOn
from api.errors import Forbidden, NotAuthenticated, NotFound
from api.services import Services
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited, Auditor
from api.web.deps import S
from api.web.links import link
from api.web.problems import documented
from api.web.responses.sessions import begun_session
from api.web.schemas.administration.accounts import LoginCode, Me
from api.web.session_cookie import drop_flow, flow_of, keep_flow

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/auth/oidc", tags=["accounts"])

# What the UI is told where a log-in failed: words of its own, none that came with an address.
PROBLEMS = {NotAuthenticated: "again", Forbidden: "no-role"}


@router.get(
    "/login",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[place_in("single_sign_on")],
    responses=documented(404, 429, 503, 507),
)
@runs_in("single_sign_on")
def begin_log_in(request: Request, services: S) -> Response:
    """Send a browser to the OpenID provider, which sends it back to `/auth/oidc/callback`."""
    flow, url = _single_sign_on(services).begin()
    response = RedirectResponse(url, status_code=303)
    keep_flow(response, request.scope, flow.packed, seconds=int(FLOW_LIFETIME.total_seconds()))
    return response


@router.get(
    "/callback",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[place_in("single_sign_on")],
    responses=documented(401, 403, 404, 422, 429, 503, 507),
)
@runs_in("single_sign_on")
def come_back(
    request: Request,
    services: S,
    audit: Audited,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200, description="Where the provider refused.")] = "",
) -> Response:
    """Where the provider sends people back to.

    With `ROENTGEN_UI_URL` the browser goes on to the UI, which fetches the session with a code
    that is good once and for a minute; without, it gets the session as a cookie, and the
    documentation. An account is made at somebody's first log-in.
    """
    sign_on, ui = _single_sign_on(services), services.settings.ui_url
    flow_cookie = flow_of(request.scope)
    try:
        if error:
            raise NotAuthenticated("The provider let nobody in; begin again.")
        user = sign_on.log_in(
            Flow.parsed(flow_cookie) if flow_cookie else None, state=state, code=code
        )
    except (NotAuthenticated, Forbidden) as exc:
        logger.warning("log-in by the provider refused reason=%r", exc.message)
        # The log is for ever: only what this browser began is written down.
        if flow_cookie and secrets.compare_digest(
            flow_cookie.partition(".")[0].encode(), state.encode()
        ):
            audit.record(Action.LOG_IN_FAILED, "")
        if not ui:
            raise
        response = RedirectResponse(_with(ui, "login_problem", PROBLEMS[type(exc)]), 303)
    else:
        if ui:
            response = RedirectResponse(_with(ui, "login", sign_on.code_of(user)), 303)
        else:
            response = RedirectResponse(link("/docs"), 303)
            _begun(request, response, sign_on.session_of(user), audit)
    drop_flow(response, request.scope)
    return response


@router.post(
    "/exchange",
    dependencies=[place_in("logins")],
    responses=documented(401, 403, 404, 422, 429, 503, 507),
)
@runs_in("logins")
def exchange(
    request: Request, response: Response, body: LoginCode, services: S, audit: Audited
) -> Me:
    """Begin the session of somebody whom the provider sent back: with the code of the UI's address,
    once. As `POST /auth/login`, the answer sets a cookie."""
    begun = _single_sign_on(services).exchange(body.code.get_secret_value())
    return _begun(request, response, begun, audit)


def _begun(request: Request, response: Response, begun: LoggedIn, audit: Auditor) -> Me:
    audit.as_(begun.principal).record(Action.LOG_IN, begun.principal.name)
    return begun_session(response, request.scope, begun)


def _single_sign_on(services: Services) -> SingleSignOn:
    """Raises: NotFound."""
    if services.single_sign_on is None:
        raise NotFound(
            "People log in here with a password (POST /auth/login); no OpenID provider is set "
            "(ROENTGEN_OIDC_ISSUER)."
        )
    return services.single_sign_on


def _with(url: str, name: str, value: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{name}={quote(value)}"
