"""`python -m api replay`: the same film, the same version, the same answer."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from api.cli import app
from api.main import create_app
from api.records.database import open_database, writing
from api.records.tables import predictions
from api.settings import Settings
from tests.support import images
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer


@dataclass
class Answered:
    """A film that was answered, with what is left of the server."""

    settings: Settings
    image: bytes
    body: dict[str, Any]

    @property
    def retained(self) -> Path:
        (path,) = self.settings.retained_dir.iterdir()
        return path

    def change(self, **values: object) -> None:
        """Write something else into the stored answer."""
        database = open_database(self.settings.records_url, timeout_s=1, task="pneumonia")
        with writing(database) as connection:
            connection.execute(predictions.update().values(**values))
        database.dispose()


@pytest.fixture
def answered(environment: Settings, monkeypatch: pytest.MonkeyPatch) -> Answered:
    """One answer whose film is kept; the command line reads the same folders."""
    monkeypatch.setenv("ROENTGEN_KEEP_IMAGES", "all")
    settings, image = environment.model_copy(update={"keep_images": "all"}), images.png(3)
    with TestClient(create_app(settings)) as client:
        wait_until_ready(client)
        question = "/predict?operating_point=screening&prevalence=0.2"
        body = answer(client.post(question, files={"file": image}))
    return Answered(settings, image, body)


def replay(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["replay", *map(str, arguments)])


class TestReplaying:
    def test_the_version_that_answered_gives_the_same(self, answered: Answered) -> None:
        result = replay(answered.body["id"])

        assert result.exit_code == 0, result.output
        assert result.output.startswith("The same: v1 (")
        assert answered.body["decision"] in result.output
        assert "at most 0.000000 (0.001 is allowed)" in result.output

    def test_what_differs_is_named(self, answered: Answered) -> None:
        probabilities = dict.fromkeys(answered.body["probabilities"], 0.25)
        answered.change(decision="wrong", probabilities=probabilities)

        result = replay(answered.body["id"])

        assert result.exit_code == 1
        assert f"the decision was wrong and is {answered.body['decision']}" in result.output
        assert "P(Normal) was 0.2500 and is " in result.output

    def test_a_difference_within_the_tolerance_is_none(self, answered: Answered) -> None:
        moved = {name: value + 0.0009 for name, value in answered.body["probabilities"].items()}
        answered.change(probabilities=moved)

        assert replay(answered.body["id"]).exit_code == 0


class TestWhatIsGone:
    def test_an_unknown_answer(self, answered: Answered) -> None:
        result = replay("nothing")

        assert result.exit_code == 2
        assert "No prediction with id 'nothing'" in result.stderr

    def test_the_image(self, answered: Answered, tmp_path: Path) -> None:
        answered.retained.unlink()

        result = replay(answered.body["id"])

        assert result.exit_code == 2
        assert "ROENTGEN_KEEP_IMAGES" in result.stderr
        (tmp_path / "film.png").write_bytes(answered.image)
        assert replay(answered.body["id"], "--film", tmp_path / "film.png").exit_code == 0

    def test_another_image_is_not_taken_for_it(self, answered: Answered, tmp_path: Path) -> None:
        (tmp_path / "film.png").write_bytes(images.png(4))

        result = replay(answered.body["id"], "--film", tmp_path / "film.png")

        assert result.exit_code == 2
        assert "is not the film of this answer" in result.stderr

    def test_the_version(self, answered: Answered) -> None:
        answered.change(model_version="v7")

        result = replay(answered.body["id"])

        assert result.exit_code == 2
        assert "Version v7, which gave this answer, is gone" in result.stderr

    def test_the_weights(self, answered: Answered) -> None:
        shutil.rmtree(answered.settings.models_dir)

        assert replay(answered.body["id"]).exit_code == 2
