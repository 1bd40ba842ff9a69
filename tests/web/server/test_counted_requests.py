"""Every request is in `GET /metrics`: refused ones, those of each worker, and of those killed."""

import os
import select
import signal
import socket
from collections.abc import Iterator

import httpx2 as httpx
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until
from tests.web.held_server import Running
from tests.web.server_process import Process, server_process

TOTAL = "roentgen_http_requests_total"
MIB = b"x" * 2**20


@pytest.fixture(scope="module")
def two_workers(
    tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("counted")
    settings = {"compute": "threads", "max_header_seconds": "1"}
    with server_process(tiny, folder, "--workers", "2", **settings) as running:
        wait_until(lambda: len(pids(running)) == 2, "both workers were there")
        yield running


def pids(server: Process) -> set[int]:
    status = requests.get(server.url + "/status", timeout=60).json()
    return {worker["pid"] for worker in status["workers"]}


def figures(page: str, name: str = TOTAL, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def count(server: Process, **labels: str) -> float:
    return figures(requests.get(server.url + "/metrics", timeout=60).text, **labels)


class TestTwoWorkers:
    def test_what_both_answered_is_one_sum_and_stays_when_one_is_killed(
        self, two_workers: Process
    ) -> None:
        for number in range(60):
            requests.get(two_workers.url + f"/predictions/{number}", timeout=60)
        assert count(two_workers, route="/predictions/{prediction_id}", status="404") == 60

        killed = max(pids(two_workers))
        os.kill(killed, signal.SIGKILL)

        # The supervisor starts another one in its place.
        wait_until(lambda: len(pids(two_workers) - {killed}) == 2, "another worker was there")
        for number in range(20):
            requests.get(two_workers.url + f"/predictions/{number}", timeout=60)
        for _ in range(6):
            assert count(two_workers, route="/predictions/{prediction_id}", status="404") == 80

    def test_a_counter_never_goes_back_whoever_is_asked(self, two_workers: Process) -> None:
        seen = []
        for _ in range(20):
            requests.get(two_workers.url + "/health/live", timeout=60)
            seen.append(count(two_workers, route="/health/live"))

        assert seen == sorted(seen)
        assert seen[-1] - seen[0] == 19

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (b"GET /health/live HTTP/1.1\r\nHost: localh", 408),
            (b"GET /health/live HTTP/1.1\r\nX-Long: " + MIB, 431),
            (b"\x00\x01 no HTTP\r\n\r\n", 400),
        ],
        ids=["408", "431", "400"],
    )
    def test_what_never_was_a_request_is_counted(
        self, two_workers: Process, sent: bytes, status: int
    ) -> None:
        labels = {"route": "(connection)", "status": str(status)}
        before = count(two_workers, **labels)

        received = two_workers.send([sent])

        assert received.startswith(b"HTTP/1.1 %d " % status)
        assert count(two_workers, **labels) == before + 1


class TestRefusedImages:
    def test_each_429_is_counted_although_it_has_no_line_in_the_log(self, running: Running) -> None:
        # Twice as many as can wait, however busy the machine is.
        sent = [running.pool.submit(running.predict, f"{number}.png") for number in range(16)]
        wait_until(lambda: any(each.done() for each in sent), "one was refused")
        running.held.go.set()
        statuses = [each.result().status_code for each in sent]

        page = httpx.get(running.url + "/metrics", timeout=60).text
        assert set(statuses) == {200, 429}
        for status in (200, 429):
            counted = figures(page, route="/predict", method="POST", status=str(status))
            assert counted == statuses.count(status)

    @pytest.mark.usefixtures("short_body_timeout")
    def test_a_body_that_comes_too_slowly_is_counted(self, running: Running) -> None:
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
            connection.sendall(head)
            received = connection.recv(65536)

        page = httpx.get(running.url + "/metrics", timeout=60).text
        assert received.startswith(b"HTTP/1.1 408 ")
        assert figures(page, route="/predict", status="408") == 1
        running.held.go.set()

    def test_what_is_no_request_is_counted_before_it_is_answered(self, running: Running) -> None:
        """Another worker may be asked as soon as the answer is there."""
        came_first = []
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:

            def count_later(status: int) -> None:
                came_first.append((status, bool(select.select([connection], [], [], 0.2)[0])))

            running.app.connections.on_refusal = count_later
            connection.sendall(b"\x00\x01 no HTTP\r\n\r\n")

            assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
        running.held.go.set()
        assert came_first == [(400, False)]
