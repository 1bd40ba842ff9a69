"""What happens to every request before a route sees it."""

import logging

from starlette.types import Scope

logger = logging.getLogger(__name__)


def client_address(scope: Scope) -> str:
    """The client's address; a proxy that is trusted may write anything there."""
    client = scope.get("client")
    return ascii(str(client[0])[:100])[1:-1] if client else "-"
