"""The load test that people run, and what is left of a flood when the server is killed in it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Server, running_server
from tests.support.checkpoints import TinyCheckpoint

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny: TinyCheckpoint) -> Iterator[Server]:
    """One server for every load; it is killed in the last one."""
    with running_server(tmp_path_factory.mktemp("load"), tiny) as running:
        yield running


def locust(server: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["-m", "locust", "--headless", "--only-summary", f"--host={server.url}", *arguments]
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


class TestLocust:
    def test_the_exit_code_says_whether_the_service_held(self, server: Any) -> None:
        # Few clients: a flood would take every processor for as long as it lasts.
        run = ("-f", "locustfile.py", "-u", "2", "-r", "2", "-t", "2s")

        held = locust(server, *run)
        broke = locust(server, *run, "--max-p95-ms", "0.1", "--min-rps", "5000")

        assert held.returncode == 0, held.stderr
        assert "/predict" in held.stderr
        assert broke.returncode == 1
        assert "not met: the p95 of /predict is" in broke.stderr
        assert "5000 were asked for" in broke.stderr

    def test_a_growing_load_finds_where_it_becomes_too_much(self, server: Any) -> None:
        files = "locustfile.py,benchmarks/serving/knee.py"
        steps = ("--step-seconds", "1", "--step-users", "1", "--most-users", "2")

        done = locust(server, "-f", files, *steps, "--knee-ms", "60000")
        at_once = locust(server, "-f", files, *steps, "--knee-ms", "0.1")

        assert "knee:    2 users" in done.stderr
        assert "most films a second:" in done.stderr
        assert "already the first step was too much:    1 users" in at_once.stderr


def test_no_answer_that_was_given_is_lost_when_the_server_is_killed(server: Any) -> None:
    image = server.phantom("Normal", 1)
    answered: list[str] = []

    def ask() -> None:
        with requests.Session() as session:
            while True:
                try:
                    answer = session.post(
                        server.url + "/predict", files={"file": image}, timeout=30
                    )
                except requests.RequestException:
                    return
                assert answer.status_code == 200
                answered.append(answer.json()["id"])

    with ThreadPoolExecutor(8) as pool:
        pending = [pool.submit(ask) for _ in range(8)]
        while len(answered) < 150:
            threading.Event().wait(0.01)
        server.stop(signal.SIGKILL)
        for each in pending:
            each.result()
    server.start()

    stored: list[str] = []
    page = server.get("/predictions?limit=500")
    while True:
        stored += [each["id"] for each in page["predictions"]]
        if page["next_before"] is None:
            break
        page = server.get(f"/predictions?limit=500&before={page['next_before']}")
    assert len(answered) >= 150
    assert set(answered) <= set(stored)
