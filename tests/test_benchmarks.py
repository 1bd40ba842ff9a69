"""Every benchmark starts by its path, as its page says."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if "__main__" in path.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_says_what_it_takes(script: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(script), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert script.name in done.stdout
    assert "--" in done.stdout


def test_there_are_benchmarks() -> None:
    assert {"ablation", "heatmap_cost", "retrain_under_load"} <= {path.stem for path in SCRIPTS}
