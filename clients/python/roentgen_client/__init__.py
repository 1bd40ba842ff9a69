"""A typed client of Roentgen's API: `Client`, and `AsyncClient` for asyncio."""

from roentgen_client.async_client import AsyncClient
from roentgen_client.client import Client
from roentgen_client.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Invalid,
    JobTimeout,
    NoConnection,
    NotAuthenticated,
    NotFound,
    Overloaded,
    RoentgenError,
    TooLarge,
    Unavailable,
    UnexpectedAnswer,
    UnsupportedFormat,
)
from roentgen_client.retries import Retries
from roentgen_client.version import __version__

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "Conflict",
    "Forbidden",
    "Invalid",
    "JobTimeout",
    "NoConnection",
    "NotAuthenticated",
    "NotFound",
    "Overloaded",
    "Retries",
    "RoentgenError",
    "TooLarge",
    "Unavailable",
    "UnexpectedAnswer",
    "UnsupportedFormat",
    "__version__",
]
