"""Messages between the server and a compute process."""

import json
import pickle
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from api.serving.processes import wire
from api.serving.processes.wire import ConnectionLost, Reply

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def send_raw(connection: socket.socket, described: bytes, content: bytes = b"") -> None:
    connection.sendall(wire.REPLY_HEAD.pack(len(described), len(content)) + described + content)


class TestRequests:
    def test_a_request_arrives_with_its_content_and_its_bound(self, pair: Pair) -> None:
        wire.send_request(pair[0], ("infer", 7), content=b"film", seconds=2.5)

        assert wire.receive_request(pair[1]) == (("infer", 7), b"film", 2.5)

    def test_a_closed_connection_is_lost(self, pair: Pair) -> None:
        pair[0].close()

        with pytest.raises(ConnectionLost):
            wire.receive_request(pair[1])
        with pytest.raises(ConnectionLost):
            wire.send_request(pair[1], "check", seconds=1)


class TestReplies:
    def test_values_and_arrays_arrive(self, pair: Pair) -> None:
        arrays: dict[str, wire.Array] = {
            "logits": np.array([[0.5, -1.0]], dtype=np.float32),
            "png": np.arange(5, dtype=np.uint8),
        }

        wire.send_reply(pair[1], Reply({"issues": ["dark"], "score": None}, arrays))
        reply = wire.receive_reply(pair[0])

        assert reply.values == {"issues": ["dark"], "score": None}
        for name, array in arrays.items():
            assert reply.arrays[name].dtype == array.dtype
            np.testing.assert_array_equal(reply.arrays[name], array)

    @pytest.mark.parametrize(
        "described",
        [
            b"not json",
            b"[]",
            b'{"values": 1, "arrays": {}}',
            json.dumps({"values": {}, "arrays": {"a": ["object", [1]]}}).encode(),
            json.dumps({"values": {}, "arrays": {"a": ["float32", [1000]]}}).encode(),
            json.dumps({"values": {}, "arrays": {"a": ["float32", [-1, -1]]}}).encode(),
            b'{"values": {}, "arrays": ' + b"[" * 100_000,
            pickle.dumps(Reply()),
        ],
    )
    def test_what_is_no_reply_ends_the_connection(self, pair: Pair, described: bytes) -> None:
        send_raw(pair[1], described, bytes(8))

        with pytest.raises(ConnectionLost):
            wire.receive_reply(pair[0])

    def test_a_reply_that_claims_gigabytes_is_not_waited_for(self, pair: Pair) -> None:
        pair[1].sendall(wire.REPLY_HEAD.pack(2**32 - 1, 2**32 - 1))

        with pytest.raises(ConnectionLost, match="too long"):
            wire.receive_reply(pair[0])
