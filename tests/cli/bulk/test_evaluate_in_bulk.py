"""`python -m api evaluate --cluster`, but for the cluster: the report is that of one machine."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.cli.bulk import answering
from api.cli.bulk.answering import BulkQuestion, PartAnswers, sent_settings
from api.cli.bulk.evaluate_in_bulk import Decided, decide_in_bulk, decide_part
from api.cli.evaluate import on_cluster
from api.cli.prediction.local_predictor import LocalSetup
from api.errors import ClusterFailed, InvalidDataset, InvalidRequest
from api.inputs.discovery import find_images
from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import SiteReport
from api.settings import Settings
from api.tasks.task import Task
from api.tasks.task_files import load_task
from tests.cli.bulk.clusters import AnswerPart, SmallCluster
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.iris import iris_settings

runner = CliRunner()


@pytest.fixture(autouse=True)
def _model_of_a_node() -> Iterator[None]:
    answering.predictor_of.cache_clear()
    yield
    answering.predictor_of.cache_clear()


def on(
    answer: AnswerPart[Decided], data: Path, settings: Settings
) -> tuple[SiteReport | RowReport, str]:
    """The report of a cluster whose nodes answer so."""
    setup = LocalSetup.of(settings, None, operating_point=None, prevalence=None)
    task = load_task(settings.task)
    connect = SmallCluster(answer).connect
    return on_cluster(setup.checkpoint, [data], task, setup.settings, setup.policy, connect=connect)


@pytest.fixture
def data(tiny: TinyCheckpoint, tmp_path: Path) -> Path:
    """Labelled films, one of which cannot be read."""
    data = tmp_path / "data"
    shutil.copytree(tiny.images, data)
    (data / "Normal" / "broken.png").write_bytes(images.png()[:200])
    return data


class TestAReport:
    def test_is_that_of_the_command_without_a_cluster(
        self, environment: Settings, data: Path
    ) -> None:
        """At the card's own prevalence, whatever is expected here."""
        here = runner.invoke(app, ["evaluate", "--data", str(data), "--json"]).stdout
        expecting = environment.model_copy(update={"prevalence": 0.1})

        report, page = on(decide_part, data, expecting)

        assert report == SiteReport.model_validate_json(here)
        assert page.startswith("Model v1 on 32 films")
        assert isinstance(report, SiteReport)
        assert any(reason.startswith("unreadable") for reason in report.skipped)

    def test_parts_that_come_in_another_order_change_nothing(
        self, environment: Settings, data: Path, task: Task
    ) -> None:
        setup = LocalSetup.of(environment, None, operating_point=None, prevalence=None)
        question = BulkQuestion(
            sent_settings(setup.settings), str(setup.checkpoint.weights),
            setup.checkpoint.card.weights_sha256, None, None, str(data),
        )  # fmt: skip
        found = find_images((data,), task).images
        seen: list[int] = []

        at_once, _ = decide_in_bulk(found, question, SmallCluster(decide_part).connect)
        read, unreadable = decide_in_bulk(
            found, question, SmallCluster(decide_part).connect, images_a_part=5,
            progress=lambda done, _: seen.append(done),
        )  # fmt: skip

        assert [image for image, _ in read] == [i for i in found if i.path.name != "broken.png"]
        assert read == at_once
        assert unreadable.total() == 1
        # The last part has less, and comes first.
        assert seen[-1] == len(found)
        assert len(seen) == 7


class TestRefusing:
    def test_a_node_that_cannot_read_what_is_here_ends_it(
        self, environment: Settings, data: Path
    ) -> None:
        def without_mount(_: BulkQuestion, names: Sequence[str]) -> PartAnswers[Decided]:
            return PartAnswers("node-7", ["gone"] * len(names), tuple(names))

        with pytest.raises(ClusterFailed, match=r"Node 'node-7' cannot read .* mount the folder"):
            on(without_mount, data, environment)

    def test_a_node_that_has_no_checkpoint_ends_it(self, environment: Settings, data: Path) -> None:
        def without_model(question: BulkQuestion, names: Sequence[str]) -> PartAnswers[Decided]:
            return decide_part(replace(question, weights="/nowhere/model.h5"), names)

        with pytest.raises(ClusterFailed, match="cannot answer"):
            on(without_model, data, environment)

    def test_films_that_nobody_can_read_are_no_report(
        self, environment: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "Normal").mkdir()
        (tmp_path / "Normal" / "a.png").write_bytes(b"no picture")

        with pytest.raises(InvalidDataset, match="None of the 1 labelled files"):
            on(decide_part, tmp_path, environment)

    def test_a_task_of_tables_needs_no_cluster(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidRequest, match="tasks of images"):
            on(decide_part, tmp_path, iris_settings(tmp_path))
