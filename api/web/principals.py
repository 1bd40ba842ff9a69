"""Who asks, as the authentication left it with the request."""

from starlette.types import Scope

from api.accounts.principal import LOCAL, Principal

# Where the principal of a request lies.
PRINCIPAL = "roentgen.principal"


def principal_of(scope: Scope) -> Principal:
    """Who asks: what the authentication found, or this machine where there was none."""
    found: Principal = scope.get(PRINCIPAL, LOCAL)
    return found
