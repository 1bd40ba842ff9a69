"""What is killed, and what must survive it.

A trainer takes seconds to import TensorFlow and some more to each crash point: one job has as many
of them as it can, and where it does not matter what a trainer makes, it is one that learns nothing.
"""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from api.files import sha256_of
from tests.e2e import shown_trainer
from tests.e2e.conftest import Server, running_server
from tests.support.checkpoints import TinyCheckpoint


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny: TinyCheckpoint) -> Iterator[Server]:
    """One server for all that is killed on it; the only retraining that ends comes last.

    Its trainer is the gentle one at first, and one that learns nothing after the graceful stop.
    """
    with running_server(tmp_path_factory.mktemp("survival"), tiny, gentle=True) as running:
        running.upload(per_class=4)
        yield running


def in_phase(server: Any, job_url: str, phase: str) -> None:
    """Wait until a job is there; it must not end before."""

    def is_there() -> bool:
        job = server.get(job_url)
        assert job["finished_at"] is None, job
        return bool(job["phase"] == phase)

    server.wait(is_there, f"the phase {phase}")


def _another_trainer(server: Any, pid: int) -> Any:
    found = None
    while found is None or found.pid == pid:
        # Looking through all processes of a machine takes its time.
        threading.Event().wait(0.2)
        found = server.trainer()
    return found


@pytest.mark.timeout(600)
class TestKills:
    def test_a_killed_trainer_is_replaced_once_and_nothing_half_made_is_left(
        self, server: Any
    ) -> None:
        """Killed while it computes activations, and its successor as the version is compiled."""
        job_url = server.retrain()
        in_phase(server, job_url, "features")

        first = server.trainer()
        first.kill()
        second = _another_trainer(server, first.pid)
        in_phase(server, job_url, "compiling")
        second.kill()

        job = server.finished(job_url)
        assert job["state"] == "interrupted"
        assert "killed" in job["reason"]
        _only_whole_files_are_left(server)

    def test_a_graceful_stop_ends_the_job_as_interrupted(
        self, server: Any, tiny: TinyCheckpoint
    ) -> None:
        """Asked to end while it imports TensorFlow."""
        job_url = server.retrain()
        server.wait(lambda: server.get(job_url)["state"] == "running", "the trainer's start")

        server.stop(signal.SIGINT)

        assert server.trainer() is None
        # From here on nothing needs to be learned.
        server.environment |= shown_trainer.environment(tiny)
        server.start()
        assert server.get(job_url)["state"] == "interrupted"
        assert server.get("/status")["model_version"] == "v1"

    def test_one_that_is_cancelled_as_it_begins_again_is_gone(self, server: Any) -> None:
        job_url = server.retrain()
        in_phase(server, job_url, "tail")

        first = server.trainer()
        first.kill()
        _another_trainer(server, first.pid)
        answer = server.session.delete(server.url + job_url, timeout=30)

        assert answer.json()["state"] == "cancelled"
        assert server.trainer() is None
        _only_whole_files_are_left(server)

    def test_a_killed_api_leaves_the_job_running_and_finds_it_again(self, server: Any) -> None:
        job_url = server.retrain()
        in_phase(server, job_url, "tail")
        trainer = server.trainer()

        server.stop(signal.SIGKILL)
        assert server.trainer() == trainer
        server.start()
        assert server.get(job_url)["state"] == "running"
        shown_trainer.let_go_on(server.folder / "state")

        job = server.finished(job_url)
        assert (job["state"], job["version"]) == ("kept", "v2")
        server.wait(lambda: server.trainer() is None, "the trainer's end")


def _only_whole_files_are_left(server: Any) -> None:
    assert _half_made(server) == []
    images = list((server.folder / "retrain_data").rglob("*.png"))
    assert images
    assert [path.stem for path in images] == [sha256_of(path) for path in images]
    assert server.get("/status")["model_version"] == "v1"
    server.session.get(server.url + "/health/ready", timeout=30).raise_for_status()


def _half_made(server: Any) -> list[str]:
    folders = (server.folder / "models", server.folder / "state" / "compiled")
    return [path.name for folder in folders for path in folder.glob("**/.tmp-*")]
