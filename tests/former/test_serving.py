"""A folder of a former release is served by this one: what it said is said again, and a retraining
begins where that one ended.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.main import create_app
from api.model_card.card_file import read_card
from api.records.database import open_database
from api.records.retrainings import jobs
from api.registry.champion import Alias
from api.registry.changed_answers import read_changes
from api.registry.store import Store, card_path, compiled_path, verify_weights
from api.settings import Settings
from tests.former import former_release
from tests.former.comparison import missing
from tests.former.former_release import RELEASES
from tests.streamlit_app.gentle_trainer import write_gentle_task
from tests.support import images
from tests.support.waiting import wait_until_ready
from tests.support.warm_python import WarmPython
from tests.web.response_checks import Documented, answer

# The champion; v1 answers one site.
SERVING, FORMER = "v2", "v1"
TASK = "pneumonia"


@dataclass(frozen=True, slots=True)
class Installation:
    """The folders of a release with this one's settings, and its records."""

    release: str
    settings: Settings

    @property
    def store(self) -> Store:
        return Store(self.settings.models_dir / TASK, self.settings.default_model, TASK)

    def records(self) -> Engine:
        return open_database(self.settings.records_url, timeout_s=30)


@pytest.fixture(scope="module")
def compiled(python: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled models of both releases: they trained the same weights from the same seed."""
    home, folder = tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("compiled")
    former_release.unpack_files(RELEASES[0], home)
    for weights in former_release.weights_in(home):
        target = compiled_path(folder, read_card(card_path(weights)).weights_sha256)
        program = (
            "from pathlib import Path; from api.training import compile; "
            f"assert compile.main(Path({str(weights)!r}), Path({str(target)!r})) == 0"
        )
        python.run(program, environment={})
    return folder


@pytest.fixture(scope="module", params=RELEASES)
def installation(
    request: pytest.FixtureRequest, compiled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    return unpacked(request.param, tmp_path_factory.mktemp(request.param), compiled)


def unpacked(release: str, home: Path, compiled: Path) -> Installation:
    former_release.unpack_files(release, home)
    settings = former_release.settings(home, former_release.records(release, home))
    shutil.copytree(compiled, settings.compiled_dir)
    return Installation(release, settings)


@pytest.fixture(scope="module")
def client(installation: Installation, documented: Documented) -> Iterator[TestClient]:
    with TestClient(create_app(installation.settings)) as client:
        wait_until_ready(client)
        client.event_hooks = {"response": [documented]}
        yield client


class TestServing:
    def test_what_it_answered_is_answered_again(
        self, client: TestClient, installation: Installation
    ) -> None:
        recorded = former_release.answers(installation.release)

        lost = {
            path: gone
            for path, before in recorded.items()
            if (gone := missing(before, _of_then(client.get(path).json(), before)))
        }

        assert recorded
        assert "\n".join(f"{path}{each}" for path, gone in lost.items() for each in gone) == ""

    def test_its_champion_answers_and_the_sites_version_too(self, client: TestClient) -> None:
        sent = {"file": ("film.png", images.png(), "image/png")}

        everywhere = answer(client.post("/predict", files=sent))
        there = answer(client.post("/predict?source=ward+3", files=sent))

        assert everywhere["model_version"] == SERVING
        assert there["model_version"] == FORMER

    def test_films_and_heat_maps_are_there(self, client: TestClient) -> None:
        (film, *_) = answer(client.get("/samples?limit=100"))["samples"]
        answers = answer(client.get("/predictions?limit=100"))["predictions"]

        paths = [f"/samples/{film['sha256']}/thumbnail.png"]
        paths += [f"/predictions/{each['id']}/heatmap.png" for each in answers]

        assert {client.get(path).status_code for path in paths} == {200}

    def test_it_goes_back_to_the_version_before(self, client: TestClient) -> None:
        """Last: it changes who serves."""
        moved = answer(client.post("/models/rollback"))

        assert moved["version"] == FORMER


class TestRetraining:
    def test_one_from_its_checkpoint_ends_well(
        self, compiled: Path, python: WarmPython, tmp_path: Path
    ) -> None:
        """From the card, the replay memory and the films of the former release. No server is there,
        which would take a trainer for lost that a busy machine leaves without a word for long."""
        installation = unpacked(RELEASES[0], tmp_path / "home", compiled)
        engine, store = installation.records(), installation.store
        parent = Alias(store.folder).current()
        assert parent == SERVING
        jobs.create(engine, job_id="job", task=TASK, samples={})

        _retrain(python, installation.settings, tmp_path / "tasks")

        job = jobs.get(engine, "job", task=TASK)
        engine.dispose()
        assert job.state in {"promoted", "kept"}, job.reason
        assert (job.parent, job.version) == (parent, "v3")
        made = store.get("v3")
        verify_weights(made)
        changes = read_changes(made)
        assert changes is not None
        assert changes.compared > 0


def _of_then(given: Any, before: Any) -> Any:
    """The log without what this release wrote into it since, and alerts without those that began
    since: a day after the recording no film was sent for a day."""
    if "head_number" in before:
        then = [each for each in given["entries"] if each["number"] <= before["head_number"]]
        return {**given, "entries": then, "head_number": before["head_number"],
                "head_hash": then[0]["hash"]}  # fmt: skip
    if "changes" in before:
        known = {change["number"] for change in before["changes"]}
        return {**given, "changes": [each for each in given["changes"] if each["number"] in known]}
    return given


def _retrain(python: WarmPython, settings: Settings, tasks: Path) -> None:
    """By a recipe of one epoch."""
    write_gentle_task(tasks, epochs=1)
    program = (
        "from pathlib import Path; from api.tasks import task_files; "
        f"task_files.FOLDER = Path({str(tasks)!r}); "
        "from api.training import run; assert run.main(['--job', 'job']) == 0"
    )
    named = settings.as_environment().items()
    python.run(program, environment={k: v for k, v in named if k.startswith("ROENTGEN_")})
