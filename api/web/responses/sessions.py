"""A session that begins, and who somebody is, as they are told."""

from starlette.responses import Response
from starlette.types import Scope

from api.accounts.principal import Principal
from api.accounts.session import LoggedIn
from api.web.schemas.administration.accounts import Me
from api.web.session_cookie import keep_session


def begun_session(response: Response, scope: Scope, begun: LoggedIn) -> Me:
    """Whose it is; its token goes to the browser as a cookie."""
    keep_session(response, scope, begun.token, begun.expires_at)
    return me_of(begun.principal).model_copy(update={"expires_at": begun.expires_at})


def me_of(principal: Principal) -> Me:
    """Who somebody is, and what they may do."""
    rights = sorted(principal.rights)
    return Me.model_validate(
        {"name": principal.name, "kind": principal.kind, "rights": rights, "site": principal.site}
    )
