"""Every benchmark starts as a module, as its page says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"
SCRIPTS = sorted(
    path
    for path in FOLDER.rglob("*.py")
    if "__main__" in path.read_text() and path.parent.name != "peers"
)


def module_of(script: Path) -> str:
    return ".".join(script.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_says_what_it_takes(script: Path) -> None:
    command = [sys.executable, "-m", module_of(script), "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert script.name in done.stdout
    assert "--" in done.stdout


def test_there_are_benchmarks() -> None:
    found = {path.stem for path in SCRIPTS}
    assert {"ablation", "ceiling", "heatmap_cost", "under_load", "throughput"} <= found


def test_without_wrk_the_serving_benchmark_says_how_to_get_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.serving.throughput"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "apt-get install wrk" in done.stderr
