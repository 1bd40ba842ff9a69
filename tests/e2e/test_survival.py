"""What is killed, and what must survive it.

A trainer takes seconds to import TensorFlow and some more to each crash point: all but one of these
are the trainer that learns nothing, with half a version on the disk. `test_journey.py` kills a real
one as it compiles.
"""

import signal
from collections.abc import Iterator

import pytest
import requests

from api.files import sha256_of
from tests.e2e import shown_trainer
from tests.e2e.conftest import Server, running_server
from tests.support.checkpoints import TinyCheckpoint

UPLOADED, ANSWERS = 4, 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny: TinyCheckpoint) -> Iterator[Server]:
    """One server for all that is killed on it; the only retraining that ends comes last.

    Its trainer is the gentle one at first, and one that learns nothing after the graceful stop.
    """
    with running_server(tmp_path_factory.mktemp("survival"), tiny, gentle=True) as running:
        running.upload(per_class=UPLOADED)
        yield running


@pytest.mark.timeout(600)
class TestKills:
    def test_a_graceful_stop_ends_the_job_as_interrupted_and_counts_survive_it(
        self, server: Server, tiny: TinyCheckpoint
    ) -> None:
        """Its trainer is asked to end while it imports TensorFlow."""
        image = server.phantom("Normal", 99)
        for _ in range(ANSWERS):
            # A fresh connection lands on either worker.
            requests.post(server.url + "/predict", files={"file": image}, timeout=30)
        job_url = server.retrain()
        server.wait(lambda: server.get(job_url)["state"] == "running", "the trainer's start")

        server.stop(signal.SIGINT)

        assert server.trainer() is None
        # From here on nothing needs to be learned.
        server.environment |= shown_trainer.environment(tiny)
        server.start()
        assert server.get(job_url)["state"] == "interrupted"
        status = server.get("/status")
        assert (status["model_version"], status["num_predictions"]) == ("v1", ANSWERS)
        assert status["samples"]["Normal"] == UPLOADED

    def test_a_killed_trainer_is_replaced_once_and_nothing_half_made_is_left(
        self, server: Server
    ) -> None:
        job_url = server.retrain()
        server.in_phase(job_url, "tail")

        first = server.running_trainer()
        first.kill()
        second = server.another_trainer(first)
        server.wait(lambda: len(server.half_made()) >= 2, "a version was half made")
        second.kill()

        job = server.finished(job_url)
        assert job["state"] == "interrupted"
        assert "killed" in job["reason"]
        _only_whole_files_are_left(server)

    def test_one_that_is_cancelled_as_it_begins_again_is_gone(self, server: Server) -> None:
        job_url = server.retrain()
        server.in_phase(job_url, "tail")
        server.wait(lambda: len(server.half_made()) >= 2, "a version was half made")

        first = server.running_trainer()
        first.kill()
        server.another_trainer(first)
        answer = server.session.delete(server.url + job_url, timeout=30)

        assert answer.json()["state"] == "cancelled"
        assert server.trainer() is None
        _only_whole_files_are_left(server)

    def test_a_killed_api_leaves_the_job_running_and_finds_it_again(self, server: Server) -> None:
        job_url = server.retrain()
        server.in_phase(job_url, "tail")
        trainer = server.trainer()

        server.stop(signal.SIGKILL)
        assert server.trainer() == trainer
        server.start()
        assert server.get(job_url)["state"] == "running"
        shown_trainer.let_go_on(server.folder / "state")

        job = server.finished(job_url)
        assert (job["state"], job["version"]) == ("kept", "v2")
        server.wait(lambda: server.trainer() is None, "the trainer's end")


def _only_whole_files_are_left(server: Server) -> None:
    assert server.half_made() == []
    images = list((server.folder / "retrain_data").rglob("*.png"))
    assert images
    assert [path.stem for path in images] == [sha256_of(path) for path in images]
    assert server.get("/status")["model_version"] == "v1"
    server.session.get(server.url + "/health/ready", timeout=30).raise_for_status()
