"""More films than can be answered, against a real HTTP server."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import httpx2 as httpx
import pytest

from api.errors import ModelNotReady
from api.web.middleware.admission import HOLD_SHARE
from tests.support import images
from tests.support.waiting import wait_until
from tests.web.held_server import HEAD, MAX_WAIT_S, TAIL, Running, answered, head

# As many as the framework has for work that blocks.
THREADS = 40


@dataclass
class StuckModel:
    """A live model that keeps whoever asks for it."""

    taken: threading.Semaphore
    go: threading.Event

    def current(self) -> Any:
        self.taken.release()
        assert self.go.wait(60)
        raise ModelNotReady("It was stuck.")


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
        image = head(f"Content-Length: {len(body)}") + body
        with running.raw(image) as connection:
            first, _, _ = answered(connection)
            began = time.monotonic()
            connection.sendall(image)
            second, _, _ = answered(connection)
            took = time.monotonic() - began
            running.held.go.set()
            statuses = {future.result().status_code for future in waiting}
            body = HEAD + images.png() + TAIL
            connection.sendall(head(f"Content-Length: {len(body)}") + body)
            third, _, _ = answered(connection)

        assert (first, second, third, statuses) == (429, 429, 200, {200})
        # Event loops round to milliseconds.
        assert took > HOLD_SHARE * MAX_WAIT_S - 0.002

    def test_a_refusal_has_no_line_of_its_own_in_the_log(
        self, running: Running, caplog: pytest.LogCaptureFixture
    ) -> None:
        waiting = [running.later() for _ in range(7)]
        with caplog.at_level("INFO", logger="api"):
            assert running.predict().status_code == 429
            running.held.go.set()
            for future in waiting:
                future.result()
            line = "request method=POST path='/predict' status=200"
            wait_until(lambda: line in caplog.text, "an answer had its line")

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
        services = running.app.state.services
        running.app.state.services = replace(
            services,
            serving=replace(services.serving, live=StuckModel(taken, running.held.go)),
        )
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in range(THREADS):
                pool.submit(httpx.get, running.url + "/health/ready", timeout=60, verify=False)
            for _ in range(THREADS):
                assert taken.acquire(timeout=60)

            alive = httpx.get(running.url + "/health/live", timeout=60)
            refused = running.predict()
            running.held.go.set()

        assert (alive.status_code, refused.status_code) == (200, 429)


class TestStopping:
    def test_what_was_taken_is_answered(self, running: Running) -> None:
        waiting = [running.later() for _ in range(4)]

        running.server.should_exit = True
        threading.Timer(0.3, running.held.go.set).start()

        assert [future.result().status_code for future in waiting] == [200] * 4
