"""A retraining on Ray from the request to the version: the trainer, PostgreSQL and the S3 API are
real ones, and the head dies in the middle of it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytest.importorskip("ray", reason="make test-ray has it")

from api.main import create_app
from api.settings import Settings
from api.tasks.task import Task
from tests.ray.nodes import Head
from tests.support import images
from tests.support.databases import postgres
from tests.support.postgres import programs
from tests.support.s3_server import s3_url
from tests.support.waiting import wait_until

PER_CLASS = 4
# A head, TensorFlow and a retraining begin in this time on a machine that has other work.
WAIT_LIMIT_S = 600
LEARNING = {"features", "head", "tail"}

pytestmark = pytest.mark.skipif(
    programs() is None and not os.environ.get("CI"), reason="PostgreSQL is not installed"
)


@pytest.fixture
def settings(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Settings, Head]]:
    """A server that has records, films and versions elsewhere, and its head, which has begun."""
    storage_url = s3_url(monkeypatch)
    head = Head(tmp_path, {name: os.environ[name] for name in os.environ if name[:4] == "AWS_"})
    head.start()
    try:
        yield (
            settings.model_copy(
                update={
                    "database_url": postgres().create(),
                    "database_timeout_s": 10.0,
                    "storage_url": storage_url,
                    "cluster": "ray",
                    "ray_address": head.address,
                    "trainer_threads": 1,
                    "poll_interval_s": 0.5,
                }
            ),
            head,
        )
    finally:
        head.kill()


@pytest.fixture
def client(settings: tuple[Settings, Head], task: Task) -> Iterator[TestClient]:
    """The server, with films of every class to learn from."""
    with TestClient(create_app(settings[0])) as client:
        wait_until(
            lambda: client.get("/health/ready").status_code == 200,
            "the server was ready",
            wait_limit_s=WAIT_LIMIT_S,
        )
        for info in task.classes:
            films = [
                ("files", (f"{info.name}-{seed}.png", images.png(200 + seed, info.finding)))
                for seed in range(PER_CLASS)
            ]
            answer = client.post("/upload-data", data={"label": info.name}, files=films)
            assert answer.json()["stored"] == PER_CLASS, answer.text
        yield client


def retrain(client: TestClient) -> str:
    """Start one as soon as the cluster takes it; returns its URL."""
    wait_until(
        lambda: client.post("/retrain").status_code in {202, 409},
        "the cluster took the job",
        wait_limit_s=WAIT_LIMIT_S,
    )
    under_way: dict[str, Any] = client.get("/retrain").json()["jobs"][0]
    return str(under_way["url"])


def test_a_head_that_dies_while_the_trainer_learns_costs_time_only(
    client: TestClient, settings: tuple[Settings, Head]
) -> None:
    head = settings[1]
    url = retrain(client)

    def job() -> dict[str, Any]:
        found: dict[str, Any] = client.get(url).json()
        assert found["state"] not in {"failed", "interrupted"}, (found["reason"], log(head))
        return found

    wait_until(lambda: job()["phase"] in LEARNING, "it learned", wait_limit_s=WAIT_LIMIT_S)
    head.kill()
    head.start()
    wait_until(lambda: job()["restarts"] == 1, "it began again", wait_limit_s=WAIT_LIMIT_S)
    wait_until(lambda: job()["finished_at"], "it ended", wait_limit_s=WAIT_LIMIT_S)

    ended = job()
    assert ended["state"] in {"promoted", "kept"}
    assert (ended["version"], ended["restarts"]) == ("v2", 1)
    (made,) = [m for m in client.get("/models").json()["models"] if m["version"] == "v2"]
    assert made["problem"] is None
    assert made["parent"] == "v1"


def log(head: Head) -> str:
    """The end of what the head printed."""
    return (head.folder / "head.log").read_text(encoding="utf-8", errors="replace")[-2000:]
