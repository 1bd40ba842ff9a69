"""`python -m api evaluate`: figures, verdict and exit codes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import SiteReport
from api.settings import PREFIX, Settings
from api.tasks.labels import Finding
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.iris import iris_settings

runner = CliRunner()


@pytest.mark.usefixtures("environment")
class TestEvaluate:
    def test_it_prints_the_figures_and_ends_with_the_verdict(self, tiny: TinyCheckpoint) -> None:
        result = runner.invoke(app, ["evaluate", "--data", str(tiny.images)])

        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("Model v1 on 32 films, operating point 'balanced'")
        verdict = result.stdout.index("Verdict: CAUTION")
        assert "There are only 24 with a finding and 8 without one" in result.stdout[verdict:]
        for words in ("| films: Normal", "| sensitivity", "Suggested for films like these"):
            assert words in result.stdout[:verdict]

    def test_as_json_it_is_the_report_alone(self, tiny: TinyCheckpoint) -> None:
        result = runner.invoke(
            app, ["evaluate", "--data", str(tiny.images), "--model", "v1", "--json"]
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
            "films": tiny.images, "empty": tmp_path / "empty", "text": tmp_path / "text",
        }  # fmt: skip

        result = runner.invoke(app, ["evaluate", *(o.format(**folders) for o in options)])

        assert result.exit_code == code
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ")
        assert words in result.stderr


@pytest.fixture
def iris_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command line is about iris, in a folder of its own."""
    for name, value in iris_settings(tmp_path).as_environment().items():
        if name.startswith(PREFIX):
            monkeypatch.setenv(name, value)
    return tmp_path


class TestRows:
    HEADING = "sepal_length,sepal_width,petal_length,petal_width,species"

    def table(self, folder: Path, *lines: str) -> Path:
        path = folder / "rows.csv"
        path.write_text("\n".join((self.HEADING, *lines)) + "\n", encoding="utf-8")
        return path

    def test_the_report_counts_what_is_right_beyond_and_left_out(
        self, iris_environment: Path
    ) -> None:
        table = self.table(
            iris_environment,
            "5.1,3.5,1.4,0.2,setosa", "6.9,3.1,5.8,2.2,Virginica", "5.1,3.5,1.4,0.2,virginica",
            "6.9,3.1,5.8,90,virginica", "5,3,1,1,", "5,3,1,1,oak", "5,3,1,x,setosa",
        )  # fmt: skip

        result = runner.invoke(app, ["evaluate", "--data", str(table), "--json"])

        report = RowReport.model_validate_json(result.stdout)
        assert report.counts == {"setosa": 1, "versicolor": 0, "virginica": 3}
        assert (report.n, report.accuracy.share) == (4, 0.75)
        assert report.confusion == ((1, 0, 0), (0, 0, 0), (1, 0, 2))
        assert (report.accepted.share, report.accepted_error.share) == (0.75, 1 / 3)
        assert report.covered.share == 0.75
        assert report.out_of_range == {"petal_width": 1}
        assert report.skipped == {
            "no class is written in the line": 1,
            "'oak' is no class of this task": 1,
            "The row does not fit: 'petal_width': Must be a number.": 1,
        }
        assert report.verdict == "caution"

    def test_clearly_more_errors_than_promised_are_a_no_go(self, iris_environment: Path) -> None:
        table = self.table(iris_environment, *["5.1,3.5,1.4,0.2,virginica"] * 12)

        result = runner.invoke(app, ["evaluate", "--data", str(table)])

        assert result.exit_code == 3
        assert "100.0% of the accepted answers are wrong" in result.stdout
        assert "| virginica | 12 | 0.000 |" in result.stdout

    @pytest.mark.parametrize(
        ("lines", "words"),
        [(["5,3,1,1,"], "no class is written"), ([], "a heading and no rows")],
    )
    def test_a_table_without_labelled_rows_is_refused(
        self, iris_environment: Path, lines: list[str], words: str
    ) -> None:
        result = runner.invoke(
            app, ["evaluate", "--data", str(self.table(iris_environment, *lines))]
        )

        assert result.exit_code == 1
        assert words in result.stderr.replace("\n", " ")
