"""Messages between the server and a compute process: framed bytes over a socket pair.

Requests are pickled, because the server is trusted. Replies are JSON and raw arrays, because a
process that decoded bytes of anybody is not.
"""

import json
import math
import pickle
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from api.arrays import AnyArray

Array = AnyArray

# Seconds that the work may take, then the lengths of request and content.
REQUEST_HEAD = struct.Struct("<dII")
# The lengths of the JSON part and of the arrays.
REPLY_HEAD = struct.Struct("<II")
DTYPES = frozenset({"float32", "uint8"})
MAX_REPLY_BYTES = 64_000_000
# Values of a reply that says what went wrong: an AppError's class and message, or a traceback.
EXPECTED, UNEXPECTED = "error", "unexpected"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a compute process answers: plain values, and arrays of float32 or uint8 by name."""

    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)


class ConnectionLost(Exception):
    """The other end is gone, or said nothing within the socket's time-out."""


class NotReceived(ConnectionLost):
    """The other end was gone before it had read the whole message, and so did nothing with it."""


def send_request(
    connection: socket.socket, request: object, *, content: bytes = b"", seconds: float
) -> None:
    """Send one request. Raises: ConnectionLost."""
    described = pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL)
    head = REQUEST_HEAD.pack(seconds, len(described), len(content))
    _send(connection, (head, described, content))


def receive_request(connection: socket.socket) -> tuple[object, bytes, float]:
    """The next request, its content, and the seconds it may take. Raises: ConnectionLost."""
    seconds, described, content = REQUEST_HEAD.unpack(_receive(connection, REQUEST_HEAD.size))
    request = pickle.loads(_receive(connection, described))
    return request, bytes(_receive(connection, content)), seconds


def send_reply(connection: socket.socket, reply: Reply) -> None:
    """Send one reply. Raises: ConnectionLost."""
    arrays = {name: np.ascontiguousarray(array) for name, array in reply.arrays.items()}
    shapes = {name: (array.dtype.name, array.shape) for name, array in arrays.items()}
    described = json.dumps({"values": dict(reply.values), "arrays": shapes}).encode()
    content = b"".join(array.tobytes() for array in arrays.values())
    _send(connection, (REPLY_HEAD.pack(len(described), len(content)), described, content))


def receive_reply(connection: socket.socket) -> Reply:
    """The reply to the last request.

    Raises: ConnectionLost, also for a message that is not a reply: such a process is not to be
        asked again.
    """
    described, size = REPLY_HEAD.unpack(_receive(connection, REPLY_HEAD.size))
    if described + size > MAX_REPLY_BYTES:
        raise ConnectionLost("the reply is too long")
    message = bytes(_receive(connection, described))
    content = _receive(connection, size)
    try:
        parsed = json.loads(message)
        return Reply(dict(parsed["values"]), _arrays(parsed["arrays"], content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise ConnectionLost(f"the reply is malformed ({exc})") from exc


def _arrays(described: Mapping[str, Any], content: bytearray) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    offset = 0
    for name, (dtype, shape) in described.items():
        if dtype not in DTYPES:
            raise ValueError(f"arrays of {dtype} are not accepted")
        count = math.prod(map(int, shape))
        array = np.frombuffer(content, dtype=dtype, count=count, offset=offset)
        arrays[name] = array.reshape([int(side) for side in shape])
        offset += array.nbytes
    return arrays


def _send(connection: socket.socket, parts: tuple[bytes, ...]) -> None:
    try:
        sent = connection.sendmsg(parts)
        if sent < sum(map(len, parts)):
            connection.sendall(memoryview(b"".join(parts))[sent:])
    except ConnectionError as exc:
        raise NotReceived(str(exc)) from exc
    except OSError as exc:
        raise ConnectionLost(str(exc)) from exc


def _receive(connection: socket.socket, size: int) -> bytearray:
    message = bytearray(size)
    view, received = memoryview(message), 0
    try:
        while received < size:
            count = connection.recv_into(view[received:], 0, socket.MSG_WAITALL)
            if not count:
                raise ConnectionLost("the connection is closed")
            received += count
    except ConnectionResetError as exc:
        # What an end that closes with unread bytes does to the other one.
        raise NotReceived(str(exc)) from exc
    except OSError as exc:
        raise ConnectionLost(str(exc)) from exc
    return message
