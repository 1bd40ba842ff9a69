"""What `benchmarks/reliability/overload.py` sends, and what it says of what it saw."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from benchmarks.reliability.open_loop import BROKEN, OK, REFUSED, Generator, Sent
from benchmarks.reliability.overload_report import Capacity, Flood, Hammering, Seen, report
from benchmarks.serving.request_bodies import multipart
from benchmarks.support.watcher import Look, Watcher


class Handler(BaseHTTPRequestHandler):
    """Answers one film, refuses the next, drops the third; keeps its connections."""

    protocol_version = "HTTP/1.1"
    turns = iter(range(0))
    lock = threading.Lock()
    came: ClassVar[list[tuple[int, int]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            turn = next(self.turns)
            self.came.append((self.client_address[1], turn % 3))
        if turn % 3 == 2:
            self.close_connection = True
            return
        status, body = ((200, {"id": str(turn)}), (429, {}))[turn % 3]
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Retry-After", "2")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def url() -> Iterator[str]:
    Handler.turns = iter(range(10_000))
    Handler.came.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/predict"
    server.shutdown()
    server.server_close()
    thread.join()


class TestGenerator:
    def test_it_sends_as_many_as_it_was_told_to_whatever_becomes_of_them(self, url: str) -> None:
        generator = Generator(url, multipart(b"film" * 1000))

        generator.open_loop(60, seconds=0.5)

        statuses = [each.status for each in generator.sent]
        assert [statuses.count(each) for each in (OK, REFUSED, BROKEN)] == [10, 10, 10]
        assert {each.retry_after_s for each in generator.sent if each.status == REFUSED} == {2}
        assert len({each.prediction for each in generator.sent if each.status == OK}) == 10
        assert generator.closed_by_server == 10

    def test_in_a_crowd_nobody_comes_back_who_was_told_to_wait(self, url: str) -> None:
        Generator(url, multipart(b"film")).open_loop(60, seconds=0.5)

        refused = [port for port, turn in Handler.came if turn == 1]
        assert len(refused) == 10
        assert not any(
            port in refused and (port, 1) in Handler.came[:number]
            for number, (port, _) in enumerate(Handler.came)
        )

    def test_in_a_closed_loop_they_come_back_at_once(self, url: str) -> None:
        Generator(url, multipart(b"film")).closed_loop(1, seconds=0.5)

        ports = [port for port, turn in Handler.came if turn == 1]
        again = [port for port, turn in Handler.came if turn == 2]
        assert len(ports) > 2
        assert again[:2] == ports[:2]


def looked(*looks: Look) -> Watcher:
    return Watcher(lambda: (0.0, True), 1.0, list(looks))


def flood(**changes: object) -> Flood:
    """Ten seconds, a film a second asked for four times over; all as it should be."""
    steady = [Look(at / 10, 100.0) for at in range(-50, 150)]
    answered = [Sent(at, at + 0.9, OK, prediction=str(at)) for at in range(10)]
    values: dict[str, object] = {
        **{"threads": 2, "max_wait_s": 1.0, "times": 4.0, "start": 0.0, "end": 10.0},
        "capacities": (Capacity(1.0, 12.0), Capacity(1.0, 12.0)),
        "sent": [*answered, *[Sent(at, at, REFUSED, 2) for at in range(30)]],
        **{"closed_by_server": 0, "lost": 0, "server_cpu_s": 1.0, "generator_cpu_s": 1.0},
        "seen": Seen(*(looked(*steady) for _ in range(4))),
        "hammering": Hammering(8, 10.0, [*answered, Sent(0.0, 0.75, REFUSED, 2)], 120.0),
    }
    return Flood(**values | changes)  # type: ignore[arg-type]


class TestReport:
    def test_all_goals_are_met_by_a_server_that_holds(self) -> None:
        printed = report(flood())

        assert "missed" not in printed
        assert "| goodput / capacity | 1.00, met | ≥ 0.9 |" in printed
        assert "| refused with 429 | 75.0% |" in printed
        assert "| 8 connections that come again at once: answered | 1.0 films/s |" in printed
        assert "| … goodput / capacity | 1.00, met | ≥ 0.9 |" in printed
        assert "| … refused, and after, p50 | 0 a second, 750 ms |" in printed
        assert "| … resident at its peak | 120 MB |" in printed

    def test_what_is_wrong_is_said(self) -> None:
        late = [Sent(0.0, 9.0, OK, prediction="a")] * 5
        sent = [*late, Sent(0.0, 1.0, 500), Sent(0.0, 0.1, REFUSED)]
        printed = report(flood(sent=sent, lost=1, hammering=Hammering(8, 100.0, sent, 120.0)))

        for row in (
            "| offered / capacity before | 0.70, missed |",
            "| goodput / capacity | 0.50, missed |",
            "| answered after, p99, ms | 9000, missed | ≤ 3000 |",
            "| Retry-After | 0 to 0 s, missed |",
            "| errors other than 429 | 1 × 500, missed |",
            "| of 5 answers not in GET /predictions | 1, missed |",
            "| … goodput / capacity | 0.05, missed |",
            "| … errors other than 429 | 1, missed |",
        ):
            assert row in printed
