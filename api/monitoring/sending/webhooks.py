"""Signed webhooks: one POST of JSON, which its receiver can prove to be ours."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.clock import now
from api.errors import DeliveryFailed
from api.monitoring.sending.http_post import CONNECTION_ERRORS, post
from api.version import VERSION

SIGNATURE_HEADER = "X-Roentgen-Signature"
EVENT_HEADER = "X-Roentgen-Event"
# From connected to answered, however slowly the answer comes.
TOTAL_TIMEOUT_S = 15.0


def signature(body: bytes, *, secret: str, timestamp: int) -> str:
    """The header's value: `t`, seconds since 1970, and `v1`, the HMAC-SHA256 of `t.body` in hex."""
    signed = f"{timestamp}.".encode() + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Sends to URLs by name."""

    urls: Mapping[str, str]
    secret: str
    total_timeout_s: float = TOTAL_TIMEOUT_S
    clock: Callable[[], float] = lambda: now().timestamp()

    def __call__(self, destination: str, payload: Mapping[str, Any]) -> None:
        """Send, and wait for the answer. Raises: DeliveryFailed unless it is 2xx."""
        url = self.urls.get(destination)
        if url is None:
            raise DeliveryFailed(f"'{destination}' is not among ROENTGEN_WEBHOOKS any more.")
        body = json.dumps(payload, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Roentgen/{VERSION}",
            EVENT_HEADER: str(payload["type"]),
            SIGNATURE_HEADER: signature(body, secret=self.secret, timestamp=int(self.clock())),
        }
        try:
            answer = post(url, lambda: body, headers, total_s=self.total_timeout_s)
        except CONNECTION_ERRORS as exc:
            raise DeliveryFailed(
                f"'{destination}' cannot be reached ({type(exc).__name__}: {exc})."
            ) from exc
        if not answer.is_good:
            raise DeliveryFailed(f"'{destination}' {answer.in_words}.")
