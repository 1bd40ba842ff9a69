"""A real Ray cluster: nodes are killed in the middle of bulk predictions and retrainings.

`make test-ray` runs these, in an environment of its own; elsewhere there is no Ray.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

pytest.importorskip("ray", reason="make test-ray has it")

from api.cli.bulk.answering import BulkQuestion, PartAnswers, answer_part
from api.cli.bulk.plan import Part, Row
from api.cli.bulk.predict_in_bulk import predict_in_bulk
from api.cli.bulk.ray_cluster import RayCluster, ray_cluster
from api.cli.prediction.local_predictor import LocalSetup
from api.jobs.ray_jobs import RayJobs, trainer_environment
from api.jobs.supervisor import Supervisor
from api.registry.store import Store
from api.settings import Settings
from tests.cli.predict_command import predict, rows
from tests.jobs.fake_trainer import BEHAVIOUR
from tests.jobs.supervised import SAMPLES, ended, working
from tests.ray.nodes import two_nodes
from tests.support import images

IMAGES = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with two_nodes(dashboard=True) as cluster:
        yield cluster


@pytest.fixture
def shipped(tmp_path: Path) -> Settings:
    """The model of the repository: it needs no training and no TensorFlow."""
    return Settings(state_dir=tmp_path / "state", compute="threads", log_level="WARNING")


@dataclass
class LosesANode:
    """A cluster of which a node is killed once three parts are answered."""

    ray: RayCluster[Row]
    kill: Callable[[], None]
    taken: list[int]

    def cores(self) -> int:
        return self.ray.cores()

    def submit(self, part: Part) -> None:
        self.ray.submit(part)

    def take(self) -> tuple[Part, PartAnswers[Row]] | None:
        answered = self.ray.take()
        if answered is not None:
            self.taken.append(answered[0][0])
            if len(self.taken) == 3:
                self.kill()
        return answered


class TestBulk:
    @pytest.fixture
    def xrays(self, tmp_path: Path) -> Path:
        folder = tmp_path / "films"
        folder.mkdir()
        for number in range(IMAGES):
            (folder / f"{number:03}.png").write_bytes(images.png(number))
        (folder / "none.png").write_bytes(b"no film")
        return folder

    def test_a_node_that_is_killed_costs_time_only(
        self,
        cluster: Any,
        shipped: Settings,
        xrays: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        out = tmp_path / "answers.csv"
        monkeypatch.setenv("ROENTGEN_STATE_DIR", str(shipped.state_dir))
        setup = LocalSetup.of(shipped, None, operating_point=None, prevalence=None)
        doomed = cluster.add_node(num_cpus=1)
        taken: list[int] = []

        @contextlib.contextmanager
        def connect(question: BulkQuestion) -> Iterator[LosesANode]:
            with ray_cluster(cluster.address, answer_part, question) as ray:
                yield LosesANode(ray, partial(cluster.remove_node, doomed, False), taken)

        counted = predict_in_bulk([str(xrays)], setup, str(out), connect, images_a_part=4)
        predict(xrays, "--out", tmp_path / "here.csv")

        assert counted == {"answered": IMAGES, "refused": 1}
        assert Counter(taken) == Counter(range(16))
        assert len({row["filename"] for row in rows(out)}) == IMAGES + 1
        assert out.read_bytes() == (tmp_path / "here.csv").read_bytes()


class TestRetraining:
    @pytest.fixture
    def supervisor(
        self, request: pytest.FixtureRequest, cluster: Any, database: Engine, tmp_path: Path
    ) -> Supervisor:
        """Its trainers learn nothing; they are real jobs of the cluster."""
        settings = Settings(database_url=str(database.url), state_dir=tmp_path / "state")
        environment = trainer_environment(settings) | {
            BEHAVIOUR: request.param,
            "ROENTGEN_DATABASE_URL": str(database.url),
        }
        return Supervisor(
            database,
            "pneumonia",
            Store(tmp_path / "models" / "pneumonia", tmp_path / "none.h5", "pneumonia"),
            settings.compiled_dir,
            settings.job_logs_dir,
            {},
            trainer="tests.jobs.fake_trainer",
            launcher=RayJobs(
                f"http://{cluster.webui_url}", environment, 1, 0, settings.job_logs_dir
            ),
        )

    @pytest.mark.parametrize("supervisor", ["finish"], indirect=True)
    def test_a_job_runs_on_a_node_and_its_end_is_in_the_records(
        self, supervisor: Supervisor
    ) -> None:
        job = supervisor.start(SAMPLES)

        assert ended(supervisor, job.id).state == "promoted"

    @pytest.mark.parametrize("supervisor", ["die once"], indirect=True)
    def test_one_that_is_killed_begins_again(self, supervisor: Supervisor) -> None:
        job = supervisor.start(SAMPLES)

        done = ended(supervisor, job.id)

        assert (done.state, done.restarts) == ("promoted", 1)

    @pytest.mark.parametrize("supervisor", ["polite"], indirect=True)
    def test_one_that_is_cancelled_is_stopped(self, supervisor: Supervisor) -> None:
        job = supervisor.start(SAMPLES)
        working(supervisor, job.id)

        cancelled = supervisor.cancel(job.id)

        assert cancelled.state == "cancelled"
        assert supervisor.launcher.look(cancelled).presence == "gone"
