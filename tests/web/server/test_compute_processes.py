"""The application with its images read in processes of their own."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support import images
from tests.support.waiting import wait_until, wait_until_ready


@pytest.fixture
def isolated(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings.model_copy(update={"compute": "processes"}))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def compute_processes() -> list[psutil.Process]:
    """The children of this process's fork servers."""
    return [
        child
        for server in psutil.Process().children()
        if any("fork_server" in word for word in server.cmdline())
        for child in server.children()
    ]


class TestIsolation:
    def test_every_door_reads_images_there(self, isolated: TestClient) -> None:
        content = images.png()
        upload = {"files": ("a.png", content)}

        answer = isolated.post("/predict", files={"file": content})
        batch = isolated.post("/predict/batch", files=upload)
        stored = isolated.post("/upload-data", files=upload, data={"label": "Normal"}).json()
        (file,) = stored["files"]
        small = isolated.get(f"/samples/{file['sha256']}/thumbnail.png")

        assert answer.status_code == 200, answer.text
        assert batch.json()["results"][0]["prediction"]["label"] == answer.json()["label"]
        assert file["outcome"] == "stored"
        assert small.content.startswith(b"\x89PNG")
        memory = isolated.get("/status").json()["task_memory_mb"]
        assert set(memory) == {"pneumonia"}
        assert memory["pneumonia"] > 1

    def test_refusals_are_those_of_the_decoder(self, isolated: TestClient) -> None:
        assert isolated.post("/predict", files={"file": b"%PDF-1.7"}).status_code == 415
        damaged = isolated.post("/predict", files={"file": images.jpeg()[:500]})
        assert damaged.status_code == 422
        assert "damaged" in damaged.json()["detail"]

    def test_processes_that_are_killed_cost_no_other_request(self, isolated: TestClient) -> None:
        server = os.getpid()
        for _ in range(3):
            for process in compute_processes():
                process.send_signal(signal.SIGKILL)
            assert isolated.post("/predict", files={"file": images.png()}).status_code == 200

        assert os.getpid() == server
        (worker,) = isolated.get("/status").json()["workers"]
        wait_until(
            lambda: isolated.get("/status").json()["workers"][0]["process_restarts"] >= 3,
            "the restarts were told",
        )
        assert worker["decoder_crashes"] == 0

    def test_they_end_with_the_application(self, settings: Settings) -> None:
        app = create_app(settings.model_copy(update={"compute": "processes"}))
        with TestClient(app) as client:
            wait_until_ready(client)
            processes = compute_processes()
            assert len(processes) >= 2

        wait_until(lambda: not any(p.is_running() for p in processes), "they had ended")
