"""The application's OpenAPI document, which takes as long to make as three starts of a server."""

from functools import cache
from typing import Any

from api.main import create_app
from api.settings import Settings


@cache
def openapi_document() -> dict[str, Any]:
    """Made once a process, for all that only read it: it is the same whatever is set."""
    return create_app(Settings()).openapi()
