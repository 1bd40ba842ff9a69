"""`python -m api`."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.cli.settings import settings_table
from api.model_card.card import read_card, write_card
from api.model_card.site_report import SiteReport
from api.records import samples
from api.records.database import open_database
from api.registry.store import card_path
from api.settings import PREFIX, Settings
from api.tasks.task import Finding
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, damage, give_int8_form, run_python

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

        for command in (
            "train", "reduce", "card", "predict", "evaluate", "import", "settings", "db",
        ):  # fmt: skip
            assert command in printed
        for option in ("--data", "--weights", "--seed"):
            assert option in options


class TestTrain:
    def test_images_become_a_checkpoint_and_figures(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        data, output = tmp_path / "films", tmp_path / "out" / "trained.h5"
        shutil.copytree(tiny.films, data)
        (data / "Normal" / "broken.jpg").write_bytes(images.jpeg()[:500])
        (data / "notes.txt").write_text("hello")

        result = runner.invoke(
            app,
            [
                "train", "--data", str(data), "--weights", str(tiny.base_weights),
                "--output", str(output), "--head-epochs", "2", "--tail-epochs", "0",
                "--version", "v5", "--seed", "1", "--no-int8",
            ],
        )  # fmt: skip

        assert result.exit_code == 0, result.output
        card = read_card(output.with_suffix(".json"))
        assert (card.version, card.training.seed) == ("v5", 1)
        assert card.data.skipped == {"not in a class folder": 1, "unreadable": 1}
        for words in ("left out: 1 (unreadable)", "head 2: loss", "decision accuracy"):
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
            ["evaluate", "--data", str(tiny.films)],
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
        kept = {
            record.filename: record
            for record in samples.everything(
                open_database(environment.records_url, timeout_s=5), task="pneumonia"
            )
        }
        first = kept["IM-0001-0001.jpeg"]
        assert (first.patient_id, first.source, first.origin) == ("IM-0001", "kermany", "import")
        assert kept["b.png"].patient_id is None

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


@pytest.mark.usefixtures("environment")
class TestEvaluate:
    def test_it_prints_the_figures_and_ends_with_the_verdict(self, tiny: TinyCheckpoint) -> None:
        result = runner.invoke(app, ["evaluate", "--data", str(tiny.films)])

        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("Model v1 on 32 films, operating point 'balanced'")
        verdict = result.stdout.index("Verdict: CAUTION")
        assert "There are only 24 with a finding and 8 without one" in result.stdout[verdict:]
        for words in ("| films: Normal", "| sensitivity", "Suggested for films like these"):
            assert words in result.stdout[:verdict]

    def test_as_json_it_is_the_report_alone(self, tiny: TinyCheckpoint) -> None:
        result = runner.invoke(
            app, ["evaluate", "--data", str(tiny.films), "--model", "v1", "--json"]
        )

        report = SiteReport.model_validate_json(result.stdout)
        assert (report.version, report.n, report.verdict) == ("v1", 32, "caution")

    def test_what_must_not_be_used_ends_with_a_code_of_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "Normal").mkdir()
        for seed in range(12):
            (tmp_path / "Normal" / f"{seed}.png").write_bytes(images.noise(seed))

        result = runner.invoke(app, ["evaluate", "--data", str(tmp_path)])

        assert result.exit_code == 3
        assert "Verdict: NO-GO" in result.stdout
        assert "\n- 100% of the films are left to a person." in result.stdout

    def test_folders_that_only_tell_ill_from_well_are_enough(self, tmp_path: Path) -> None:
        findings: dict[str, Finding] = {"NORMAL": "clear", "PNEUMONIA": "reticular"}
        for folder, finding in findings.items():
            (tmp_path / "site" / folder).mkdir(parents=True)
            for seed in range(4):
                path = tmp_path / "site" / folder / f"{seed}.png"
                path.write_bytes(images.png(400 + seed, finding))

        result = runner.invoke(app, ["evaluate", "--data", str(tmp_path / "site"), "--json"])

        report = SiteReport.model_validate_json(result.stdout)
        assert report.counts == {"site": {"Normal": 4, "finding": 4}}
        assert report.metrics.sensitivity is not None
        assert (report.metrics.accuracy, report.metrics.balanced_accuracy) == (None, None)

    def test_a_weights_file_does_for_a_version_and_what_is_expected_here_changes_nothing(
        self, environment: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "Normal").mkdir()
        (tmp_path / "Normal" / "a.png").write_bytes(images.png())
        command = ["evaluate", "--data", str(tmp_path), "--json"]
        usual = runner.invoke(app, command).stdout

        monkeypatch.setenv(PREFIX + "PREVALENCE", "0.1")
        rare = runner.invoke(app, [*command, "--model", str(environment.default_model)]).stdout

        assert SiteReport.model_validate_json(rare) == SiteReport.model_validate_json(usual)

    @pytest.mark.parametrize(
        ("options", "code", "words"),
        [
            (["--data", "{empty}"], 1, "No labelled image was found"),
            (["--data", "{empty}/none"], 1, "There is no folder"),
            (["--data", "{text}"], 1, "None of the 1 labelled files is a picture"),
            (["--data", "{films}", "--model", "v9"], 1, "No checkpoint named 'v9'"),
            (["--data", "{films}", "--model", "{empty}/none.h5"], 4, "has no card"),
            (["--data", "{films}", "--operating-point", "brave"], 1, "no operating point 'brave'"),
        ],
    )
    def test_what_cannot_be_measured_is_refused_in_one_sentence(
        self, tiny: TinyCheckpoint, tmp_path: Path, options: list[str], code: int, words: str
    ) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "text" / "Normal").mkdir(parents=True)
        (tmp_path / "text" / "Normal" / "a.png").write_bytes(b"text")
        folders = {
            "films": tiny.films, "empty": tmp_path / "empty", "text": tmp_path / "text",
        }  # fmt: skip

        result = runner.invoke(app, ["evaluate", *(o.format(**folders) for o in options)])

        assert result.exit_code == code
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ")
        assert words in result.stderr


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
