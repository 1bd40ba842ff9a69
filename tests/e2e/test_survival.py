"""What is killed, and what must survive it."""

import signal
import threading
from typing import Any

import pytest

from api.files import sha256_of


def running(server: Any, job_url: str) -> Any:
    """The job, once its trainer has got past its start."""
    from_start = {"queued", "starting"}
    while (job := server.get(job_url))["phase"] in from_start:
        assert job["finished_at"] is None, job
    return job


def _another_trainer(server: Any, pid: int) -> Any:
    found = None
    while found is None or found.pid == pid:
        threading.Event().wait(0.05)
        found = server.trainer()
    return found


@pytest.mark.timeout(600)
class TestKills:
    def test_a_killed_trainer_is_replaced_once_and_nothing_half_made_is_left(
        self, server: Any
    ) -> None:
        server.upload(per_class=4)
        job_url = server.retrain()
        running(server, job_url)

        first = server.trainer()
        first.kill()
        second = _another_trainer(server, first.pid)
        second.kill()

        job = server.finished(job_url)
        assert job["state"] == "interrupted"
        assert "killed" in job["reason"]
        assert server.get("/status")["model_version"] == "v1"
        assert _half_made(server) == []
        third = server.retrain()
        assert server.session.delete(server.url + third, timeout=30).json()["state"] == "cancelled"
        assert server.trainer() is None
        assert _half_made(server) == []

    @pytest.mark.parametrize("phase", ["features", "tail", "compiling"])
    def test_wherever_it_is_killed_and_cancelled_only_whole_files_are_left(
        self, server: Any, phase: str
    ) -> None:
        server.upload(per_class=4)
        job_url = server.retrain()
        server.wait(lambda: server.get(job_url)["phase"] == phase, f"the phase {phase}")

        first = server.trainer()
        first.kill()
        _another_trainer(server, first.pid)
        answer = server.session.delete(server.url + job_url, timeout=30)

        assert answer.json()["state"] == "cancelled"
        assert server.trainer() is None
        assert _half_made(server) == []
        films = list((server.folder / "retrain_data").rglob("*.png"))
        assert [path.stem for path in films] == [sha256_of(path) for path in films]
        assert server.get("/status")["model_version"] == "v1"
        server.session.get(server.url + "/health/ready", timeout=30).raise_for_status()

    def test_a_killed_api_leaves_the_job_running_and_finds_it_again(self, server: Any) -> None:
        server.upload(per_class=4)
        job_url = server.retrain()
        running(server, job_url)

        server.stop(signal.SIGKILL)
        assert server.trainer() is not None
        server.start()

        job = server.finished(job_url)
        assert job["state"] in {"promoted", "kept"}
        assert job["version"] == "v2"

    def test_a_graceful_stop_ends_the_job_as_interrupted(self, server: Any) -> None:
        server.upload(per_class=4)
        job_url = server.retrain()
        running(server, job_url)

        server.stop(signal.SIGINT)

        assert server.trainer() is None
        server.start()
        assert server.get(job_url)["state"] == "interrupted"
        assert server.get("/status")["model_version"] == "v1"


def _half_made(server: Any) -> list[str]:
    folders = (server.folder / "models", server.folder / "state" / "compiled")
    return [path.name for folder in folders for path in folder.glob("**/.tmp-*")]
