"""Answers to connections on which there is no request that the application could answer."""

import json
import random

from api.web.connections.limits import ConnectionLimits
from api.web.security_headers import SECURITY_HEADERS

REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def no_http() -> bytes:
    """What cannot be parsed."""
    return _response(400, "These bytes are not an HTTP request that can be read; check the client.")


def too_slow(limits: ConnectionLimits) -> bytes:
    """Headers that are not complete in time."""
    return _response(
        408,
        f"The headers of the request came too slowly: they may take {limits.header_s:g} seconds "
        "(ROENTGEN_MAX_HEADER_SECONDS). Send it again.",
    )


def too_large(limits: ConnectionLimits) -> bytes:
    """Headers, or what stands where headers do, without an end."""
    return _response(
        431,
        f"The headers of the request are larger than {limits.header_bytes // 1024} KB; send fewer "
        "or shorter ones. What is large belongs into the body.",
    )


def too_many_ahead(count: int) -> bytes:
    """Requests that were sent before the answers to those before them."""
    return _response(
        400,
        f"More than {count} requests were sent over one connection before the first was answered; "
        "wait for answers, or use more connections.",
    )


def no_room(limits: ConnectionLimits) -> bytes:
    """A connection too many."""
    return _response(
        503,
        f"There are too many connections: this server holds {limits.total}, and "
        f"{limits.per_address} of one address (ROENTGEN_MAX_CONNECTIONS, "
        "ROENTGEN_MAX_CONNECTIONS_PER_ADDRESS). Use fewer, or come again later.",
    )


def status_of(answer: bytes) -> int:
    """The status of one of these answers."""
    return int(answer.split(b" ", 2)[1])


def _response(status: int, detail: str) -> bytes:
    request_id = f"{random.getrandbits(64):016x}"
    problem = {
        "type": "about:blank",
        "title": REASONS[status],
        "status": status,
        "detail": detail,
        "instance": "",
        "request_id": request_id,
    }
    body = json.dumps(problem).encode()
    headers = {
        "content-type": "application/problem+json",
        "content-length": str(len(body)),
        "connection": "close",
        "x-request-id": request_id,
        **({"retry-after": "1"} if status == 503 else {}),
        **{name.lower(): value for name, value in SECURITY_HEADERS.items()},
    }
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
