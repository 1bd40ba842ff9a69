"""Predict, upload, retrain, hot-reload, roll back: two workers, under load, and a trainer that is
killed.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.conftest import LABELS, Server, running_server
from tests.support.checkpoints import TinyCheckpoint

CLIENTS = 3
MIN_REQUESTS = 200
# The trainer has the lowest priority: clients that never pause would keep it from its work.
PAUSE_S = 0.6
UPLOADED, HELD_OUT = 8, 2


class Load:
    """Clients that predict all the time; remembers every answer."""

    def __init__(self, url: str, image: bytes) -> None:
        self._url, self._image = url, image
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._clients: list[Any] = []
        self.versions: list[list[str]] = []
        self.failures: list[str] = []

    def __enter__(self) -> "Load":
        self._clients = [self._pool.submit(self._client) for _ in range(CLIENTS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for client in self._clients:
            client.result()

    @property
    def sent(self) -> int:
        return sum(map(len, self.versions)) + len(self.failures)

    def _client(self) -> None:
        seen: list[str] = []
        self.versions.append(seen)
        session = requests.Session()
        while not self._stop.wait(PAUSE_S):
            files = {"file": ("film.png", self._image)}
            try:
                answer = session.post(self._url + "/predict", files=files, timeout=30)
            except requests.RequestException as exc:
                self.failures.append(repr(exc))
                continue
            if answer.status_code == 200:
                seen.append(answer.json()["model_version"])
            else:
                self.failures.append(f"{answer.status_code} {answer.text}")


@pytest.fixture
def server(tmp_path: Path, tiny: TinyCheckpoint) -> Iterator[Server]:
    """It retrains gently: what may serve is a matter of the gate's own tests."""
    with running_server(tmp_path, tiny, gentle=True) as running:
        yield running


@pytest.mark.timeout(900)
class TestTheMainJob:
    def test_a_retraining_under_load_is_promoted_without_one_failed_request(
        self, server: Server
    ) -> None:
        """Though its first trainer is killed as it compiles what it has learned."""
        before = server.get("/status")
        server.upload(per_class=UPLOADED)
        image = server.phantom("Pneumonia-Bacterial", 99)

        with Load(server.url, image) as load:
            job_url = server.retrain()
            server.in_phase(job_url, "compiling")
            server.running_trainer().kill()
            job = server.finished(job_url)
            assert job["state"] == "promoted", job["reason"]
            _until_all_serve(server, job["version"])
            marks = [len(versions) for versions in load.versions]
            while load.sent < MIN_REQUESTS or any(
                len(versions) < mark + 5
                for versions, mark in zip(load.versions, marks, strict=True)
            ):
                threading.Event().wait(0.05)

        assert load.failures == []
        assert load.sent >= MIN_REQUESTS
        for versions in load.versions:
            # A connection stays with its worker, and a worker never goes back by itself.
            assert [key for key, _ in itertools.groupby(versions)] == ["v1", job["version"]]
        status = server.get("/status")
        assert status["samples"]["Normal"] == UPLOADED
        assert status["model_version"] == job["version"] == "v2"
        assert status["last_retrain_state"] == "promoted"
        assert status["num_predictions"] == before["num_predictions"] + load.sent

        assert server.half_made() == []
        _the_card_tells_where_it_comes_from(server, job)
        _a_rollback_brings_the_old_one_back(server, image)
        _the_workers_agree(server)


def _until_all_serve(server: Server, version: str) -> None:
    while {worker["model_version"] for worker in server.get("/status")["workers"]} != {version}:
        threading.Event().wait(0.1)


def _the_card_tells_where_it_comes_from(server: Server, job: Any) -> None:
    card = server.get(f"/models/{job['version']}/card")
    assert card["parent"] == "v1"
    held_out: Counter[str] = Counter()
    for labels in card["data"]["counts"]["holdout"].values():
        held_out.update(labels)
    assert held_out == dict.fromkeys(LABELS, HELD_OUT)
    assert [epoch["phase"] for epoch in job["history"]] == [
        epoch["phase"] for epoch in card["training"]["history"]
    ]


def _a_rollback_brings_the_old_one_back(server: Server, image: bytes) -> None:
    answer = requests.post(server.url + "/models/rollback", json={"reason": "test"}, timeout=30)
    assert answer.json()["version"] == "v1"
    _until_all_serve(server, "v1")
    versions = {
        requests.post(server.url + "/predict", files={"file": image}, timeout=30).json()[
            "model_version"
        ]
        for _ in range(8)
    }
    assert versions == {"v1"}


def _the_workers_agree(server: Server) -> None:
    """A fresh connection lands on either worker; both must count the same."""
    counts = Counter(
        requests.get(server.url + "/status", timeout=30).json()["num_predictions"]
        for _ in range(12)
    )
    assert len(counts) == 1
