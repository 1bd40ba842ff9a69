"""Reports of unexpected errors to Sentry, where a setting names one: exactly what is stored here.

Sentry's own integrations are off: they would send requests, variables and messages too.
"""

import importlib
import logging
from typing import Any

from api.records.servers.unexpected_errors import UnexpectedError
from api.version import VERSION

logger = logging.getLogger(__name__)

FLUSH_S = 2.0
_client: Any = None


def start(dsn: str) -> None:
    """Report from now on to this address; nowhere where it is empty.

    Raises: SystemExit with a sentence where the package is missing or the address is none: a
        program that does not do what was asked for must not start.
    """
    global _client
    if not dsn:
        _client = None
        return
    try:
        sdk = importlib.import_module("sentry_sdk")
    except ImportError:
        raise SystemExit(
            "Error: ROENTGEN_SENTRY_DSN is set, but the package sentry-sdk is not installed; "
            "`pip install sentry-sdk` beside the server, or unset it."
        ) from None
    try:
        sdk.init(
            dsn=dsn,
            release=f"roentgen@{VERSION}",
            default_integrations=False,
            auto_enabling_integrations=False,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
        )
    except ValueError:
        raise SystemExit(
            "Error: ROENTGEN_SENTRY_DSN is no address of Sentry; copy it from its page on client "
            "keys."
        ) from None
    _client = sdk


def report(error: UnexpectedError) -> None:
    """Send one kind of error with how often it happened since the last report."""
    if _client is None:
        return
    try:
        _client.capture_event(_event(error))
    except Exception as exc:  # noqa: BLE001 (a foreign program must not end ours)
        logger.warning("error not reported to Sentry reason=%s", type(exc).__name__)


def stop() -> None:
    """Wait a moment for what is on its way."""
    if _client is not None:
        _client.flush(timeout=FLUSH_S)


def _event(error: UnexpectedError) -> dict[str, Any]:
    return {
        "level": "error",
        "timestamp": error.last_at.timestamp(),
        "message": f"{error.type} in {error.place}",
        "fingerprint": [error.fingerprint],
        "tags": {"place": error.place, "request_id": error.request_id},
        "extra": {"count": error.count, "traceback": error.traceback},
    }
