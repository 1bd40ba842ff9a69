"""`python -m api`."""

import inspect
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.cli.administration.settings import settings_table
from api.cli.commands import COMMANDS, CommandGroup
from api.model_card.card_file import write_card
from api.records.database import open_database
from api.records.training_images import samples
from api.registry.store import card_path
from api.settings import PREFIX, Settings
from tests.support import images, twin_task
from tests.support.checkpoints import TinyCheckpoint, damage, give_int8_form, run_python

runner = CliRunner()


class TestHelp:
    def test_it_names_the_commands_and_their_options(self) -> None:
        program = (
            "import sys; from api.cli import app; app(['--help'], standalone_mode=False); "
            "print([m for m in ('numpy', 'sqlalchemy', 'fastapi', 'PIL') if m in sys.modules])"
        )
        printed = run_python("-c", program)
        options = runner.invoke(app, ["train", "--help"]).output

        for command in (
            "train", "reduce", "card", "predict", "evaluate", "import", "settings", "db",
        ):  # fmt: skip
            assert command in printed
        for option in ("--data", "--weights", "--seed"):
            assert option in options
        # It imports none of the commands.
        assert printed.splitlines()[-1] == "[]"

    @pytest.mark.parametrize("name", COMMANDS)
    def test_the_list_says_of_each_command_what_its_own_help_begins_with(self, name: str) -> None:
        own = inspect.cleandoc(CommandGroup().commands[name].help or "")

        assert " ".join(own.split("\n\n")[0].split()) == COMMANDS[name].help

    def test_one_that_there_is_not_is_refused(self) -> None:
        done = runner.invoke(app, ["nosuch"])

        assert done.exit_code == 2
        assert "nosuch" in done.output


class TestTrain:
    """That it trains is tested where there is something to learn: on a folder of films in
    `e2e/test_own_task.py`, on a table in `training/pipelines/test_train_table.py`."""

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
            (tmp_path / name / "a.png").write_bytes(images.png(seed))

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
            ["train", "--data", str(tiny.images), "--weights", str(tmp_path / "none.h5")],
        )

        assert result.exit_code == 1
        assert "check --weights" in result.stderr
        assert "train:" not in result.output

    def test_an_unknown_task_is_refused(self, tmp_path: Path) -> None:
        result = runner.invoke(app, ["train", "--data", str(tmp_path), "--task", "feet"])

        assert result.exit_code == 1
        assert "There is no task named 'feet'" in result.stderr

    def test_a_task_file_with_a_wrong_field_is_refused_before_anything_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROENTGEN_TASKS_DIR", str(tmp_path))
        twin_task.write_task_file(tmp_path)
        file = tmp_path / f"{twin_task.TWIN}.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("[gate]", "[gate]\nmargins = 1", 1), encoding="utf-8")

        result = runner.invoke(app, ["train", "--data", str(tmp_path), "--task", twin_task.TWIN])

        assert result.exit_code == 1
        assert "'gate.margins': There is no such field" in " ".join(result.stderr.split())


@pytest.mark.usefixtures("environment")
class TestPredict:
    def test_each_image_is_a_line_of_json(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(images.png())

        result = runner.invoke(app, ["predict", str(tmp_path / "a.png")])

        answer = json.loads(result.stdout.splitlines()[-1])
        assert result.exit_code == 0
        assert answer["probabilities"][answer["label"]] == answer["confidence"]

    def test_one_bad_image_does_not_keep_the_others_from_being_answered(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "a.png").write_bytes(images.png())
        (tmp_path / "b.png").write_bytes(b"text")
        names = [str(tmp_path / name) for name in ("none.png", "b.png", "a.png")]

        result = runner.invoke(app, ["predict", *names])

        lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
        assert result.exit_code == 1
        assert ["error" in line for line in lines] == [True, True, False]

    def test_what_serves_answers_here_too(
        self, environment: Settings, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        weights = environment.default_model
        write_card(card_path(weights), give_int8_form(weights, tiny, met=True))
        shutil.rmtree(environment.compiled_dir)
        (tmp_path / "a.png").write_bytes(images.png())

        for command in (
            ["predict", str(tmp_path / "a.png")],
            ["evaluate", "--data", str(tiny.images)],
        ):
            assert runner.invoke(app, command).exit_code in {0, 3}

        # The int8 form needs no compiling.
        assert not environment.compiled_dir.exists()

    def test_it_decides_as_it_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(images.png())
        image = str(tmp_path / "a.png")

        usual, rare = (
            json.loads(runner.invoke(app, ["predict", image, *options]).stdout.splitlines()[-1])
            for options in ((), ("--operating-point", "confirm", "--prevalence", "0.05"))
        )

        assert (usual["operating_point"], usual["prevalence"]) == ("balanced", 0.75)
        assert (rare["operating_point"], rare["prevalence"]) == ("confirm", 0.05)
        assert rare["score"] < usual["score"]
        assert rare["decision"] == "negative"

    def test_an_unknown_operating_point_is_told_before_an_image_is_read(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "a.png").write_bytes(images.png())

        result = runner.invoke(
            app, ["predict", str(tmp_path / "a.png"), "--operating-point", "brave"]
        )

        assert result.exit_code == 2
        assert "it has balanced, confirm, screening" in result.output

    def test_a_prevalence_that_is_no_share_is_refused(self, tmp_path: Path) -> None:
        result = runner.invoke(app, ["predict", str(tmp_path / "a.png"), "--prevalence", "1"])

        assert result.exit_code == 2


class TestImport:
    def test_a_folder_becomes_samples_with_what_its_paths_tell(
        self, environment: Settings, tmp_path: Path
    ) -> None:
        for name, content in {
            "set/NORMAL/IM-0001-0001.jpeg": images.jpeg(1),
            "set/Normal/b.png": images.png(2),
            "set/covid/c.png": images.png(3),
        }.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)

        result = runner.invoke(app, ["import", str(tmp_path / "set")])

        assert result.exit_code == 0, result.output
        assert "3 stored" in result.stdout
        assert "COVID-19 1, Normal 2" in result.stdout
        stored = {
            record.filename: record
            for record in samples.everything(
                open_database(environment.records_url, timeout_s=5), task="pneumonia"
            )
        }
        first = stored["IM-0001-0001.jpeg"]
        assert (first.patient_id, first.source, first.origin) == ("IM-0001", "set", "import")
        assert stored["b.png"].patient_id is None

    def test_an_import_may_be_started_again(self, environment: Settings, tmp_path: Path) -> None:
        (tmp_path / "set" / "Normal").mkdir(parents=True)
        (tmp_path / "set" / "Normal" / "a.png").write_bytes(images.png(1))
        command = ["import", str(tmp_path / "set"), "--source", "ward 3"]
        runner.invoke(app, command)

        again = runner.invoke(app, command)

        assert again.exit_code == 0
        assert "1 duplicate" in again.stdout

    def test_refused_images_are_named_with_their_reasons(
        self, environment: Settings, tmp_path: Path
    ) -> None:
        folder = tmp_path / "set"
        (folder / "Normal").mkdir(parents=True)
        (folder / "COVID-19").mkdir()
        (folder / "Normal" / "a.png").write_bytes(images.png(1))
        (folder / "Normal" / "broken.png").write_bytes(b"text")
        (folder / "COVID-19" / "again.jpg").write_bytes(images.jpeg(1))

        result = runner.invoke(app, ["import", str(folder)])

        assert result.exit_code == 1
        assert "rejected: broken.png: This is not an image" in result.stderr
        assert "conflict: a.png: The same picture is stored as COVID-19" in result.stderr

    def test_no_folder_is_refused(self, environment: Settings, tmp_path: Path) -> None:
        result = runner.invoke(app, ["import", str(tmp_path / "none")])

        assert result.exit_code == 1
        assert "There is no folder" in result.stderr


class TestCard:
    def test_the_default_models_page_is_printed(self, environment: Settings) -> None:
        result = runner.invoke(app, ["card"])

        assert result.exit_code == 0
        assert result.stdout.startswith("# Model card: pneumonia v1")

    def test_it_can_go_into_a_file(self, environment: Settings, tmp_path: Path) -> None:
        runner.invoke(app, ["card", "--output", str(tmp_path / "card.md")])

        assert "](card.svg)" in (tmp_path / "card.md").read_text(encoding="utf-8")
        assert (tmp_path / "card.svg").read_text(encoding="utf-8").startswith("<svg")

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
