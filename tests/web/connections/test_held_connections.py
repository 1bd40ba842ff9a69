"""Connections on which no request comes to its end, against a server process: each is closed soon,
and nobody else waits for them."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until
from tests.web.server_process import Process, server_process

HEADER_S = 1.0
PER_ADDRESS = 40
GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(
    request: pytest.FixtureRequest,
    tiny: TinyCheckpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Process]:
    settings = {
        "compute": "threads",
        "max_header_seconds": str(HEADER_S),
        "max_connections": "60",
        "max_connections_per_address": str(PER_ADDRESS),
    }
    folder = tmp_path_factory.mktemp(f"held-{request.param}-")
    with server_process(
        tiny, folder, "--http", request.param, "--timeout-keep-alive", "1", **settings
    ) as running:
        yield running


def connect(server: Process) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=60)


def rest_of(connection: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            received += piece
    return received


def problem_of(answer: bytes, status: int) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"application/problem+json" in head
    assert b"connection: close" in head.lower()
    assert problem["status"] == status
    return str(problem["detail"])


def held_by_drops(server: Process, before: bytes, begin: bytes, drop: bytes) -> float:
    """How long a connection stays on which a byte or two come again and again, in seconds."""
    with connect(server) as connection:
        connection.sendall(before)
        if before:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(begin)
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - began < 30:
                connection.sendall(drop)
                time.sleep(HEADER_S / 10)
    return time.monotonic() - began


class TestHeadersThatDoNotEnd:
    def test_a_half_is_answered_with_408(self, server: Process) -> None:
        line, header = b"GET /status HTTP/1.1\r\n", GET + b"X-A: b"
        halves = (b"G", b"GET /sta", line, GET, header, header + b"\r\n")
        # All wait for the same time: together.
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(connect(server)) for _ in halves]
            for connection, half in zip(opened, halves, strict=True):
                connection.sendall(half)

            answers = [rest_of(connection) for connection in opened]

        for half, answer in zip(halves, answers, strict=True):
            assert "ROENTGEN_MAX_HEADER_SECONDS" in problem_of(answer, 408), half

    def test_one_that_says_nothing_is_closed_without_a_word(self, server: Process) -> None:
        with connect(server) as connection:
            assert rest_of(connection) == b""

    def test_drops_do_not_prolong_it(self, server: Process) -> None:
        """Of a header or of empty lines, on a new connection and after an answer."""
        with ThreadPoolExecutor(4) as pool:
            held = [
                pool.submit(held_by_drops, server, before, begin, drop)
                for before in (b"", GET + b"\r\n")
                for begin, drop in ((GET + b"X-A: ", b"a"), (b"", b"\r\n"))
            ]

        assert max(each.result() for each in held) < 30

    def test_a_half_behind_a_whole_one_does_not_stay(self, server: Process) -> None:
        with connect(server) as connection:
            connection.sendall(GET + b"\r\n" + GET)

            answers = rest_of(connection)

        assert answers.startswith(b"HTTP/1.1 200")
        assert answers.count(b"HTTP/1.1 ") == 2
        problem_of(answers[answers.rindex(b"HTTP/1.1 ") :], 408)

    def test_the_rest_of_an_answered_body_is_not_waited_for(self, server: Process) -> None:
        head = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n"
        with connect(server) as connection:
            connection.sendall(head + b"0")

            answer = rest_of(connection)

        assert answer.startswith(b"HTTP/1.1 404")

    def test_slow_but_whole_headers_are_answered(self, server: Process) -> None:
        with connect(server) as connection:
            for piece in (GET, b"X-A: ", b"b\r\n", b"\r\n"):
                connection.sendall(piece)
                time.sleep(HEADER_S / 20)

            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


class TestHeadersWithoutBound:
    @pytest.mark.parametrize(
        ("begin", "more"),
        [
            (GET + b"X-A: ", b"a" * 65536),
            (GET, b"X-A: b\r\n" * 8192),
            (b"GET /", b"a" * 65536),
            (b"", b"A" * 65536),
            (GET + b"X", b"a" * 65536),
        ],
        ids=["a value", "many", "a path", "a method", "a name"],
    )
    def test_they_are_refused(self, server: Process, begin: bytes, more: bytes) -> None:
        before = server.rss
        with connect(server) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(begin)
                for _ in range(1000):
                    connection.sendall(more)
            answer = rest_of(connection)

        # What was sent after the refusal may take the answer along.
        assert not answer or answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
        assert server.rss - before < 30_000_000

    def test_a_whole_request_that_is_a_little_too_large_is_told_so(self, server: Process) -> None:
        if "h11" in server.folder.name:
            pytest.skip("h11 bounds what it keeps; headers that come at once it does not keep")
        with connect(server) as connection:
            connection.sendall(GET + b"X-A: " + b"a" * 66_000 + b"\r\n\r\n")

            assert "64 KB" in problem_of(rest_of(connection), 431)

    def test_a_part_that_is_a_little_too_large_is_told_so(self, server: Process) -> None:
        with connect(server) as connection:
            connection.sendall(GET + b"X-A: " + b"a" * 66_000)

            assert "64 KB" in problem_of(rest_of(connection), 431)

    def test_large_ones_within_the_bound_are_answered(self, server: Process) -> None:
        with connect(server) as connection:
            connection.sendall(GET + b"X-A: " + b"a" * 60_000 + b"\r\n\r\n")

            assert connection.recv(65536).startswith(b"HTTP/1.1 200")

    @pytest.mark.parametrize("end", [b"0\r\nX-A: ", b"5;"], ids=["trailer", "size of a chunk"])
    def test_nor_may_what_stands_in_a_body_like_them(self, server: Process, end: bytes) -> None:
        head = (
            b"POST /retrain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        before = server.rss
        with connect(server) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(head + end)
                for _ in range(1000):
                    connection.sendall(b"a" * 65536)
            rest_of(connection)

        assert server.rss - before < 30_000_000

    def test_a_trailer_changes_nothing(self, server: Process) -> None:
        head = (
            b"POST /models/v1/promote HTTP/1.1\r\nHost: localhost\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        with connect(server) as connection:
            connection.sendall(
                head + b"0\r\nContent-Type: application/json\r\n\r\n" + GET + b"\r\n"
            )
            received = b""
            while b"alive" not in received:
                received += connection.recv(65536)

        assert received.startswith(b"HTTP/1.1 422")


class TestOtherUpgrades:
    @pytest.mark.parametrize("kind", [b"websocket", b"h2c"])
    def test_they_are_answered_as_what_they_are_without(self, server: Process, kind: bytes) -> None:
        upgrade = b"Connection: Upgrade\r\nUpgrade: " + kind + b"\r\nSec-WebSocket-Version: 13\r\n"
        with connect(server) as connection:
            connection.sendall(
                GET + upgrade + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )

            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            rest_of(connection)


class TestManyConnections:
    def test_those_that_hold_them_keep_nobody_out(self, server: Process) -> None:
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(connect(server)) for _ in range(3 * PER_ADDRESS)]
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.sendall(GET)

            slowest = max(_health_s(server) for _ in range(10))

            ended = sum(bool(rest_of(connection) or True) for connection in held)

        assert ended == 3 * PER_ADDRESS
        assert slowest < 30
        wait_until(lambda: "connections ended" in server.log, "it was in the log")

    def test_where_all_are_worked_for_a_new_one_is_refused(self, server: Process) -> None:
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        with contextlib.ExitStack() as stack:
            for _ in range(PER_ADDRESS):
                stack.enter_context(connect(server)).sendall(head + b"\r\n-")
            wait_until(lambda: _refusal(server).startswith(b"HTTP/1.1 503"), "it was refused")
            detail = problem_of(_refusal(server), 503)

        assert "ROENTGEN_MAX_CONNECTIONS_PER_ADDRESS" in detail
        wait_until(lambda: _refusal(server).startswith(b"HTTP/1.1 200"), "there was room again")


def _health_s(server: Process) -> float:
    began = time.monotonic()
    assert requests.get(server.url + "/health/live", timeout=60).ok
    return time.monotonic() - began


def _refusal(server: Process) -> bytes:
    """What a new connection is told; it says nothing before."""
    with connect(server) as connection:
        connection.settimeout(0.3)
        try:
            if received := connection.recv(65536):
                return received
        except TimeoutError:
            connection.sendall(GET + b"\r\n")
        connection.settimeout(60)
        return connection.recv(65536)
