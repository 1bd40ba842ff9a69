"""Who asks, as the authentication left it with the request."""

from starlette.types import Scope

from api.accounts.principal import LOCAL, Principal
from api.errors import Forbidden
from api.registry.sites.site_names import site_key

# Where the principal of a request lies.
PRINCIPAL = "roentgen.principal"


def principal_of(scope: Scope) -> Principal:
    """Who asks: what the authentication found, or this machine where there was none."""
    found: Principal = scope.get(PRINCIPAL, LOCAL)
    return found


def source_of(scope: Scope, named: str | None) -> str | None:
    """The site that a request is about: the one it names, else that of its key.

    Raises: Forbidden if it names another one than its key's.
    """
    site = principal_of(scope).site
    if site is None:
        return named
    if named is not None and site_key(named) != site_key(site):
        raise Forbidden(
            f"The key '{principal_of(scope).name}' is for the site '{site}', and the request names "
            f"'{named[:100]}'; leave the source away, or use a key of that site."
        )
    return site
