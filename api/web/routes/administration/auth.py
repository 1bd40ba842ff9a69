"""`/auth`: log in, log out, who am I."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.accounts.rights import Role
from api.errors import Forbidden, NotAuthenticated
from api.records.accounts import users
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited
from api.web.connections.this_machine import client_address
from api.web.deps import S
from api.web.principals import principal_of
from api.web.problems import documented
from api.web.responses.sessions import begun_session, me_of
from api.web.schemas.administration.accounts import AuthState, FirstUser, Login, Me, PasswordChange
from api.web.session_cookie import drop_session, token_of

router = APIRouter(prefix="/auth", tags=["accounts"])

# Of `single_sign_on`.
LOGIN_PATH = "/auth/oidc/login"


@router.get("", responses=documented(503, 507))
@runs_in("operation")
def auth_state(services: S) -> AuthState:
    """Who needs to log in here, and whether anybody can yet."""
    settings = services.settings
    return AuthState(
        mode=settings.auth,
        needs_first_user=not services.accounts.has_users(),
        oidc_login_url=(
            f"{settings.public_url.rstrip('/')}{LOGIN_PATH}" if settings.oidc_issuer else None
        ),
    )


@router.post(
    "/login",
    dependencies=[place_in("logins")],
    responses=documented(401, 403, 422, 429, 503, 507),
)
@runs_in("logins")
def log_in(request: Request, response: Response, body: Login, services: S, audit: Audited) -> Me:
    """Begin a session: the answer sets a cookie that scripts cannot read. Its value may be sent as
    `Authorization: Bearer …` instead.

    Log-ins of one account, and from one address, are slowed down (429); nobody is locked out.
    """
    try:
        begun = services.accounts.log_in(
            body.name,
            body.password.get_secret_value(),
            address=client_address(request.scope),
            former=token_of(request.scope),
        )
    except NotAuthenticated:
        # A name that nobody has may be a password in the wrong field.
        known = users.find(services.records.database, body.name.strip().lower())
        audit.record(Action.LOG_IN_FAILED, known.name if known else "")
        raise
    audit.as_(begun.principal).record(Action.LOG_IN, begun.principal.name)
    return begun_session(response, request.scope, begun)


@router.post(
    "/first-user",
    dependencies=[place_in("logins")],
    responses=documented(401, 403, 409, 422, 429, 503, 507),
)
@runs_in("logins")
def add_first_user(
    request: Request, response: Response, body: FirstUser, services: S, audit: Audited
) -> Me:
    """Make the first user, an admin, with the one-time token that the server wrote to its log."""
    begun = services.accounts.add_first_user(
        body.token.get_secret_value(),
        body.name,
        body.password.get_secret_value(),
        address=client_address(request.scope),
    )
    audit.as_(begun.principal).record(Action.USER_ADD, begun.principal.name, after=Role.ADMIN)
    return begun_session(response, request.scope, begun)


@router.post("/logout", status_code=204, responses=documented(403, 422, 503, 507))
@runs_in("operation")
def log_out(
    request: Request,
    response: Response,
    services: S,
    audit: Audited,
    everywhere: Annotated[
        bool, Query(description="End all sessions of this user, not this one alone.")
    ] = False,
) -> None:
    """End the session; without one, nothing happens."""
    token = token_of(request.scope)
    if token is not None:
        who = services.accounts.log_out(token, everywhere=everywhere)
        if who is not None:
            audit.record(Action.LOG_OUT, who, after="everywhere" if everywhere else "here")
    drop_session(response, request.scope)


@router.get("/me", responses=documented(401, 503, 507))
def who_am_i(request: Request) -> Me:
    """Who asks, and what they may do; `local` is the server's own machine without a session."""
    return me_of(principal_of(request.scope))


@router.post(
    "/password",
    status_code=204,
    dependencies=[place_in("logins")],
    responses=documented(401, 403, 422, 429, 503, 507),
)
@runs_in("logins")
def change_password(request: Request, body: PasswordChange, services: S, audit: Audited) -> None:
    """Choose a new password; your other sessions end."""
    principal, token = principal_of(request.scope), token_of(request.scope)
    if principal.kind != "user" or token is None:
        raise Forbidden(
            "Only a user who is logged in has a password to change; on the server's machine, "
            "`python -m api user password NAME` gives anybody a new one."
        )
    services.accounts.change_own_password(
        principal.name,
        body.current.get_secret_value(),
        body.new.get_secret_value(),
        address=client_address(request.scope),
        token=token,
    )
    audit.record(Action.PASSWORD, principal.name)
