"""`python -m api`."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app, settings_table
from api.registry.card import read_card
from api.settings import PREFIX, Settings
from tests import films
from tests.checkpoints import TinyCheckpoint, damage, run_python

runner = CliRunner()


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The command line works in the test's folders."""
    for name, value in settings.as_environment().items():
        if name.startswith(PREFIX):
            monkeypatch.setenv(name, value)
    return settings


class TestHelp:
    def test_it_names_the_commands_and_their_options(self) -> None:
        printed = run_python("-m", "api", "--help")
        options = runner.invoke(app, ["train", "--help"]).output

        for command in ("train", "card", "predict"):
            assert command in printed
        for option in ("--data", "--weights", "--seed"):
            assert option in options


class TestTrain:
    def test_films_become_a_checkpoint_and_figures(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        data, output = tmp_path / "films", tmp_path / "out" / "trained.h5"
        shutil.copytree(tiny.films, data)
        (data / "Normal" / "broken.jpg").write_bytes(films.jpeg()[:500])
        (data / "notes.txt").write_text("hello")

        result = runner.invoke(
            app,
            [
                "train", "--data", str(data), "--weights", str(tiny.base_weights),
                "--output", str(output), "--head-epochs", "2", "--tail-epochs", "0",
                "--version", "v5", "--seed", "1",
            ],
        )  # fmt: skip

        assert result.exit_code == 0, result.output
        card = read_card(output.with_suffix(".json"))
        assert (card.version, card.training.seed) == ("v5", 1)
        assert card.data.skipped == {"not in a class folder": 1, "unreadable": 1}
        for words in ("left out: 1 (unreadable)", "head 2: loss", "balanced accuracy"):
            assert words in result.output

    @pytest.mark.parametrize(
        ("present", "words"),
        [
            ((), "No labelled image was found"),
            (("Normal", "covid", "viral"), "No image of class Pneumonia-Bacterial"),
        ],
    )
    def test_folders_that_do_not_do_are_refused_in_one_sentence(
        self, tmp_path: Path, present: tuple[str, ...], words: str
    ) -> None:
        for seed, name in enumerate(present):
            (tmp_path / name).mkdir()
            (tmp_path / name / "a.png").write_bytes(films.png(seed))

        result = runner.invoke(app, ["train", "--data", str(tmp_path)])

        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
        assert words in result.stderr
        assert "Traceback" not in result.output

    def test_weights_that_are_not_there_are_refused_before_decoding(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        result = runner.invoke(
            app,
            ["train", "--data", str(tiny.films), "--weights", str(tmp_path / "none.h5")],
        )

        assert result.exit_code == 1
        assert "check --weights" in result.stderr
        assert "train:" not in result.output

    def test_an_unknown_task_is_refused(self, tmp_path: Path) -> None:
        result = runner.invoke(app, ["train", "--data", str(tmp_path), "--task", "feet"])

        assert result.exit_code == 1
        assert "There is no task named 'feet'" in result.stderr


@pytest.mark.usefixtures("environment")
class TestPredict:
    def test_each_film_is_a_line_of_json(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(films.png())

        result = runner.invoke(app, ["predict", str(tmp_path / "a.png")])

        answer = json.loads(result.stdout.splitlines()[-1])
        assert result.exit_code == 0
        assert answer["probabilities"][answer["label"]] == answer["confidence"]

    def test_one_bad_film_does_not_keep_the_others_from_being_answered(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "a.png").write_bytes(films.png())
        (tmp_path / "b.png").write_bytes(b"text")
        names = [str(tmp_path / name) for name in ("none.png", "b.png", "a.png")]

        result = runner.invoke(app, ["predict", *names])

        lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
        assert result.exit_code == 1
        assert ["error" in line for line in lines] == [True, True, False]


class TestCard:
    def test_the_default_models_page_is_printed(self, environment: Settings) -> None:
        result = runner.invoke(app, ["card"])

        assert result.exit_code == 0
        assert result.stdout.startswith("# Model card: pneumonia v1")

    def test_it_can_go_into_a_file(self, environment: Settings, tmp_path: Path) -> None:
        runner.invoke(app, ["card", "--output", str(tmp_path / "card.md")])

        assert "# Model card" in (tmp_path / "card.md").read_text(encoding="utf-8")

    def test_a_damaged_card_is_refused(self, environment: Settings) -> None:
        damage(environment.default_model.with_suffix(".json"))

        result = runner.invoke(app, ["card"])

        assert result.exit_code == 1
        assert "cannot be read" in result.stderr


class TestSettingsTable:
    def test_it_names_every_setting(self) -> None:
        table = settings_table()

        for name in Settings.model_fields:
            assert f"`{PREFIX}{name.upper()}`" in table
