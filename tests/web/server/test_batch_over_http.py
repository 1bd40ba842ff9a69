"""Batches and scripts over real connections: a real server in this process, real clients."""

import csv
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from fastapi import FastAPI
from typer.testing import CliRunner

from api.cli import app as command_line
from api.main import create_app
from api.settings import Settings
from tests.support import images
from tests.support.waiting import wait_until

MANY = 300


@dataclass
class Served:
    """An application and where it listens."""

    app: FastAPI
    url: str
    server: uvicorn.Server

    def get(self, path: str) -> Any:
        return requests.get(self.url + path, timeout=30).json()


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server listened")
    port = server.servers[0].sockets[0].getsockname()[1]
    served = Served(app, f"http://127.0.0.1:{port}", server)
    ready = f"{served.url}/health/ready"
    wait_until(lambda: requests.get(ready, timeout=30).ok, "it was ready")
    yield served
    server.should_exit = True
    thread.join()


class TestScripts:
    def test_a_folder_becomes_a_table_of_answers_that_the_server_has(
        self, served: Served, tmp_path: Path
    ) -> None:
        folder, out = tmp_path / "ours", tmp_path / "results.csv"
        folder.mkdir()
        for seed in range(5):
            (folder / f"{seed}.png").write_bytes(images.png(seed))
        (folder / "notes.txt").write_bytes(b"text")
        command = ["predict", str(folder), "--url", served.url, "--out", str(out)]

        first, second = (
            CliRunner().invoke(command_line, [*command, *options])
            for options in ((), ("--operating-point", "balanced"))
        )

        assert (first.exit_code, second.exit_code) == (1, 1), first.output
        with out.open(newline="", encoding="utf-8") as file:
            *answered, refused = csv.DictReader(file)
        assert "not an image" in refused["error"]
        for row in answered:
            stored = served.get(f"/predictions/{row['id']}")
            assert (row["label"], row["model_version"]) == (stored["label"], "v1")
            for name, probability in stored["probabilities"].items():
                assert float(row[name]) == pytest.approx(probability, abs=1e-6)
        assert served.get("/status")["num_predictions"] == 5


class TestHangingUp:
    def test_the_work_ends_with_the_connection(self, served: Served) -> None:
        gone, begun = threading.Event(), []
        services = served.app.state.services

        class Slow:
            def keep(self, *_: Any, **__: Any) -> None:
                begun.append(1)
                if len(begun) > 20:
                    gone.wait(20)

            def drop_old(self, *_: Any) -> int:
                return 0

        served.app.state.services = replace(
            services, storage=replace(services.storage, retained_images=Slow())
        )
        archive = images.zipped(dict.fromkeys((f"{n}.png" for n in range(MANY)), images.png()))

        response = requests.post(
            served.url + "/predict/batch",
            files={"files": archive},
            headers={"Accept": "application/x-ndjson"},
            stream=True,
            timeout=60,
        )
        lines = response.iter_lines(chunk_size=1)
        assert response.headers["X-Batch-Films"] == str(MANY)
        assert b'"0.png"' in next(lines)
        response.raw.shutdown()
        response.close()
        gone.set()

        wait_until(lambda: not served.server.server_state.tasks, "it stopped")
        assert len(begun) < MANY
        assert 1 <= served.get("/status")["num_predictions"] <= len(begun)
