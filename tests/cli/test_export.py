"""`python -m api export`: what it prints works; what does not fit is said."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings

runner = CliRunner()


@pytest.mark.usefixtures("environment")
class TestExport:
    def test_what_it_prints_loads_the_folder(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "litert"

        result = runner.invoke(app, ["export", "v1", "--format", "tflite", "--out", str(out)])

        assert result.exit_code == 0, result.output
        printed, usage = result.stdout.split("\n\n", 1)
        assert printed.startswith(f"pneumonia v1 (fp32) lies in {out}")
        exec(usage, {})
        assert capfd.readouterr().out.startswith("[[")

    def test_a_weights_file_of_another_task_does_for_a_version(
        self, tmp_path: Path, environment: Settings
    ) -> None:
        from tests.support.iris import WEIGHTS

        out = tmp_path / "iris"
        result = runner.invoke(
            app, ["export", str(WEIGHTS), "--format", "mlflow", "--out", str(out)]
        )

        assert result.exit_code == 0, result.output
        assert "iris v1 (fp32) lies in" in result.stdout
        assert '"petal_width"' in (out / "input_example.json").read_text()

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            (["v9", "--format", "tflite"], "No checkpoint named 'v9'"),
            (["nothing.h5", "--format", "tflite"], "The checkpoint has no card"),
            (["v1", "--format", "onnx", "--precision", "int8"], "export it with --format tflite"),
            (["v1", "--format", "tflite", "--task", "nothing"], "There is no task named"),
        ],
    )
    def test_what_cannot_be_exported_is_said_and_nothing_is_left(
        self, tmp_path: Path, command: list[str], words: str
    ) -> None:
        out = tmp_path / "new" / "out"

        result = runner.invoke(app, ["export", *command, "--out", str(out)])

        assert result.exit_code == 1
        assert words in result.output
        assert not out.parent.exists()
