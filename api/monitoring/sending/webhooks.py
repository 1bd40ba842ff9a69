"""Signed webhooks: one POST of JSON, which its receiver can prove to be ours."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from api.clock import now
from api.errors import DeliveryFailed
from api.version import VERSION

SIGNATURE_HEADER = "X-Roentgen-Signature"
EVENT_HEADER = "X-Roentgen-Event"
CONNECT_TIMEOUT_S = 5.0
# From connected to answered, however slowly the answer comes.
TOTAL_TIMEOUT_S = 15.0


def signature(body: bytes, *, secret: str, timestamp: int) -> str:
    """The header's value: `t`, seconds since 1970, and `v1`, the HMAC-SHA256 of `t.body` in hex."""
    signed = f"{timestamp}.".encode() + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Sends to URLs by name.

    It follows no redirect and uses no proxy; addresses in the same building are as good as others.
    """

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
            status = _post(urlsplit(url), body, headers, self.total_timeout_s)
        except (OSError, HTTPException, ValueError) as exc:
            raise DeliveryFailed(
                f"'{destination}' cannot be reached ({type(exc).__name__}: {exc})."
            ) from exc
        if not 200 <= status < 300:
            hint = "; redirects are not followed" if 300 <= status < 400 else ""
            raise DeliveryFailed(f"'{destination}' answered {status}{hint}.")


def _post(url: SplitResult, body: bytes, headers: dict[str, str], total_s: float) -> int:
    """The status of the answer, whose body is not read.

    Raises: OSError, HTTPException, ValueError.
    """
    connection = _connection(url)
    try:
        connection.connect()
        with _deadline(connection.sock, total_s):
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("POST", target, body, headers | {"Connection": "close"})
            return connection.getresponse().status
    finally:
        connection.close()


def _connection(url: SplitResult) -> HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(host, url.port, timeout=CONNECT_TIMEOUT_S, context=context)
    return HTTPConnection(host, url.port, timeout=CONNECT_TIMEOUT_S)


@contextmanager
def _deadline(connected: socket.socket, total_s: float) -> Iterator[None]:
    """End the connection when the time is over, also while its other side sends byte by byte."""
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    connected.settimeout(total_s)
    timer = threading.Timer(total_s, end)
    timer.daemon = True
    timer.start()
    late = TimeoutError(f"no answer within {total_s:g} s")
    try:
        yield
    except (OSError, HTTPException) as exc:
        if is_late.is_set():
            raise late from exc
        raise
    finally:
        timer.cancel()
    # The end of a connection reads like the end of an answer.
    if is_late.is_set():
        raise late
