"""Clients that go away, send too slowly or without an end, against a real HTTP server."""

import contextlib
import threading

import httpx2 as httpx
import pytest

from tests.support import images
from tests.support.waiting import wait_until
from tests.web.held_server import HEAD, TAIL, Running, answered, head


class TestGoneClients:
    def test_an_image_that_nobody_waits_for_is_not_computed(self, running: Running) -> None:
        running_now = [running.later() for _ in range(2)]
        wait_until(lambda: len(running.held.begun) == 2, "both threads were at work")
        image = images.png()
        body = HEAD + image + TAIL
        gone = running.raw(head(f"Content-Length: {len(body)}"), body)
        wait_until(lambda: running.compute.in_flight == 3, "the film was in the queue")

        gone.close()

        wait_until(lambda: running.compute.in_flight == 2, "the film was dropped")
        running.held.go.set()
        assert [future.result().status_code for future in running_now] == [200, 200]
        assert len(running.held.begun) == 2
        assert len(httpx.get(running.url + "/predictions").json()["predictions"]) == 2

    def test_a_body_that_breaks_off_is_forgotten(self, running: Running) -> None:
        running.raw(head("Content-Length: 100000"), HEAD + b"half").close()
        memory_budget = running.app.state.services.serving.memory_budget

        wait_until(lambda: memory_budget.held == 0, "the bytes were forgotten")
        running.held.go.set()
        assert running.predict().status_code == 200


@pytest.mark.usefixtures("short_body_timeout")
class TestBadBodies:
    @pytest.mark.parametrize(
        ("length", "pieces"),
        [
            ("Content-Length: 1000", [HEAD]),
            ("Transfer-Encoding: chunked", [b"5\r\n--x\r\n\r\n"]),
            ("Content-Length: 9", []),
        ],
        ids=["stops", "chunks stop", "never begins"],
    )
    def test_a_body_that_comes_too_slowly_is_given_up(
        self, running: Running, length: str, pieces: list[bytes]
    ) -> None:
        with running.raw(head(length), *pieces) as connection:
            status, headers, body = answered(connection)
            rest = connection.recv(1000)

        assert (status, headers["connection"], rest) == (408, "close", b"")
        assert "came too slowly: it may take 0.2 seconds" in body["detail"]
        assert running.app.state.services.serving.memory_budget.held == 0

    def test_a_body_that_comes_at_a_fair_rate_may_take_longer(self, running: Running) -> None:
        running.held.go.set()
        image = images.png()
        body = HEAD + image + b"\0" * 600_000 + TAIL
        with running.raw(head(f"Content-Length: {len(body)}")) as connection:
            for start in range(0, len(body), 150_000):
                connection.sendall(body[start : start + 150_000])
                threading.Event().wait(0.08)
            status, _, _ = answered(connection)

        assert status == 200

    def test_endless_chunks_are_cut_off(self, running: Running) -> None:
        chunk = b"%x\r\n" % 1_000_000 + b"0" * 1_000_000 + b"\r\n"
        with running.raw(head("Transfer-Encoding: chunked")) as connection:
            with contextlib.suppress(OSError):
                for _ in range(40):
                    connection.sendall(chunk)
            status, _, body = answered(connection)

        assert (status, body["title"]) == (413, "Request Entity Too Large")
        assert running.app.state.services.serving.memory_budget.held == 0

    def test_requests_one_behind_the_other_are_all_answered(self, running: Running) -> None:
        running.held.go.set()
        body = HEAD + images.png() + TAIL
        one = head(f"Content-Length: {len(body)}") + body
        with running.raw(one * 3) as connection:
            received = b""
            while received.count(b'"model_version"') < 3:
                received += connection.recv(65536)

        assert received.count(b"HTTP/1.1 200") == 3
