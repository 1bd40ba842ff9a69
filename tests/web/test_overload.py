"""More films than can be answered, and clients that misbehave, against a real HTTP server.

The network is a stand-in that waits until it is let go, so that nothing depends on timing.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn

from api.errors import ModelNotReady
from api.main import create_app
from api.serving.compute import ComputePool
from api.settings import Settings
from api.web.admission import KEPT_BACK
from api.web.pace import BodyPace
from tests import films
from tests.waiting import wait_until

# As many as the framework has for work that blocks.
THREADS = 40
MAX_WAIT_S = 0.05
BOUNDARY = b"x"
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
TAIL = b"\r\n--x--\r\n"


@dataclass
class Held:
    """An engine that computes when it is let go; everything else is the real one's."""

    engine: Any
    go: threading.Event = field(default_factory=threading.Event)
    begun: list[int] = field(default_factory=list)

    def run(self, image: Any, *, alone: bool = False) -> Any:
        self.begun.append(1)
        assert self.go.wait(60)
        return self.engine.run(image, alone=alone)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


class HeldModel:
    """A live model whose engine is held."""

    def __init__(self, live: Any) -> None:
        self.live, self.engine = live, Held(live.current())

    def current(self) -> Held:
        return self.engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self.live, name)


@dataclass
class StuckModel:
    """A live model that keeps whoever asks for it."""

    taken: threading.Semaphore
    go: threading.Event

    def current(self) -> Any:
        self.taken.release()
        assert self.go.wait(60)
        raise ModelNotReady("It was stuck.")


@dataclass
class Running:
    """A server on a real port."""

    port: int
    server: uvicorn.Server
    app: Any
    held: Held
    pool: ThreadPoolExecutor

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def compute(self) -> ComputePool:
        compute: ComputePool = self.app.state.services.compute
        return compute

    def predict(self, name: str = "a.png") -> httpx.Response:
        files = {"file": (name, films.png())}
        return httpx.post(self.url + "/predict", files=files, timeout=60)

    def later(self, name: str = "a.png") -> "Future[httpx.Response]":
        """Send a film and go on; it is in the queue when this returns."""
        before = self.compute.in_flight
        future = self.pool.submit(self.predict, name)
        wait_until(lambda: self.compute.in_flight > before, "the film was in the queue")
        return future

    def raw(self, *pieces: bytes) -> socket.socket:
        """A connection on which these bytes were sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        for piece in pieces:
            connection.sendall(piece)
        return connection


@pytest.fixture
def running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server that lets four films wait, with patience of a fifth of a second for bodies."""
    monkeypatch.setattr(
        BodyPace.__init__, "__kwdefaults__", {"patience_s": 0.2, "slowest_bytes_per_s": 1e6}
    )
    app = create_app(settings.model_copy(update={"max_wait_ms": MAX_WAIT_S * 1e3}))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server was there")
    services = app.state.services
    wait_until(lambda: services.live.version is not None, "a model was there")
    model = HeldModel(services.live)
    app.state.services = replace(services, live=model)
    port = server.servers[0].sockets[0].getsockname()[1]
    with ThreadPoolExecutor(16) as pool:
        yield Running(port, server, app, model.engine, pool)
        model.engine.go.set()
    server.should_exit = True
    thread.join()


def answered(connection: socket.socket) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and body of the next response on a connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return int(status.split()[1]), headers, json.loads(body)


def head(length: str, path: str = "/predict") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\n{length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()


class TestTooMany:
    def test_one_too_many_is_refused_and_told_when_to_come_again(self, running: Running) -> None:
        waiting = [running.later(f"{n}.png") for n in range(7)]

        response = running.predict()

        assert response.status_code == 429
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["Retry-After"]) >= 1
        assert "7 films before this one" in response.json()["detail"]
        running.held.go.set()
        answers = [future.result() for future in waiting]
        assert [answer.status_code for answer in answers] == [200] * 7
        assert running.predict().status_code == 200

    def test_it_is_refused_before_its_body_was_read(self, running: Running) -> None:
        waiting = [running.later() for _ in range(7)]

        with running.raw(head("Content-Length: 1000000")) as connection:
            status, headers, body = answered(connection)

        assert (status, body["title"]) == (429, "Overloaded")
        assert int(headers["retry-after"]) >= 1
        running.held.go.set()
        assert {future.result().status_code for future in waiting} == {200}

    def test_a_connection_that_comes_back_too_early_waits_and_serves_on(
        self, running: Running
    ) -> None:
        waiting = [running.later() for _ in range(7)]
        body = HEAD + bytes(1_000_000) + TAIL
        film = head(f"Content-Length: {len(body)}") + body
        with running.raw(film) as connection:
            first, _, _ = answered(connection)
            began = time.monotonic()
            connection.sendall(film)
            second, _, _ = answered(connection)
            took = time.monotonic() - began
            running.held.go.set()
            statuses = {future.result().status_code for future in waiting}
            body = HEAD + films.png() + TAIL
            connection.sendall(head(f"Content-Length: {len(body)}") + body)
            third, _, _ = answered(connection)

        assert (first, second, third, statuses) == (429, 429, 200, {200})
        # Event loops round to milliseconds.
        assert took > KEPT_BACK * MAX_WAIT_S - 0.002

    def test_a_refusal_has_no_line_of_its_own_in_the_log(
        self, running: Running, caplog: pytest.LogCaptureFixture
    ) -> None:
        waiting = [running.later() for _ in range(7)]
        with caplog.at_level("INFO", logger="api"):
            assert running.predict().status_code == 429
            running.held.go.set()
            for future in waiting:
                future.result()
            said = "request method=POST path='/predict' status=200"
            wait_until(lambda: said in caplog.text, "an answer had its line")

        assert "request method=POST path='/predict' status=429" not in caplog.text

    def test_a_refusal_leaves_no_trace_in_the_records(self, running: Running) -> None:
        for _ in range(7):
            running.later()
        assert running.predict().status_code == 429
        running.held.go.set()

        activity = httpx.get(running.url + "/status/activity").json()
        assert activity["errors"] == []

    def test_other_requests_are_answered_meanwhile(self, running: Running) -> None:
        for _ in range(7):
            running.later()

        assert httpx.get(running.url + "/health/live").status_code == 200
        assert httpx.get(running.url + "/status").status_code == 200
        assert httpx.get(running.url + "/predictions").status_code == 200

    def test_it_is_alive_while_every_thread_is_taken(self, running: Running) -> None:
        for _ in range(7):
            running.later()
        taken = threading.Semaphore(0)
        running.app.state.services = replace(
            running.app.state.services, live=StuckModel(taken, running.held.go)
        )
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in range(THREADS):
                pool.submit(httpx.get, running.url + "/health/ready", timeout=60)
            for _ in range(THREADS):
                assert taken.acquire(timeout=60)

            alive = httpx.get(running.url + "/health/live", timeout=60)
            refused = running.predict()
            running.held.go.set()

        assert (alive.status_code, refused.status_code) == (200, 429)


class TestGoneClients:
    def test_a_film_that_nobody_waits_for_is_not_computed(self, running: Running) -> None:
        running_now = [running.later() for _ in range(2)]
        wait_until(lambda: len(running.held.begun) == 2, "both threads were at work")
        film = films.png()
        body = HEAD + film + TAIL
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
        bodies = running.app.state.services.bodies

        wait_until(lambda: bodies.held == 0, "the bytes were forgotten")
        running.held.go.set()
        assert running.predict().status_code == 200


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
        assert running.app.state.services.bodies.held == 0

    def test_a_body_that_comes_at_a_fair_pace_may_take_longer(self, running: Running) -> None:
        running.held.go.set()
        film = films.png()
        body = HEAD + film + b"\0" * 600_000 + TAIL
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
        assert running.app.state.services.bodies.held == 0

    def test_requests_one_behind_the_other_are_all_answered(self, running: Running) -> None:
        running.held.go.set()
        body = HEAD + films.png() + TAIL
        one = head(f"Content-Length: {len(body)}") + body
        with running.raw(one * 3) as connection:
            received = b""
            while received.count(b'"model_version"') < 3:
                received += connection.recv(65536)

        assert received.count(b"HTTP/1.1 200") == 3


class TestStopping:
    def test_what_was_taken_is_answered(self, running: Running) -> None:
        waiting = [running.later() for _ in range(4)]

        running.server.should_exit = True
        threading.Timer(0.3, running.held.go.set).start()

        assert [future.result().status_code for future in waiting] == [200] * 4
