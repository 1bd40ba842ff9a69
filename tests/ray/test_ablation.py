"""Recipes compared on a real Ray cluster: each is a task of a node, and trains there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="make test-ray has it")

from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import synthetic_png
from api.settings import ROOT
from api.tasks.task import Task
from tests.ray.nodes import two_nodes

# No fine-tuning and no crops: two that are soon trained.
RECIPES = ("head only", "without crops, shifts and stretching")
# The second is the one that a training goes without.
SOURCES = ("kermany", "radiography")
IMAGES = 6


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with two_nodes(dashboard=False) as cluster:
        yield cluster


@pytest.fixture
def backbone(task: Task, tmp_path: Path) -> Path:
    """Random weights."""
    from api.training.pipelines.experiment import write_stand_in_backbone

    path = tmp_path / "backbone.h5"
    write_stand_in_backbone(path, task, PreprocessingSpec(width=64, height=64))
    return path


@pytest.fixture
def sources(task: Task, tmp_path: Path) -> list[Path]:
    """Folders of generated films, none twice."""
    for number, source in enumerate(SOURCES):
        for info in task.classes:
            folder = tmp_path / source / info.name
            folder.mkdir(parents=True)
            for seed in range(IMAGES):
                content = synthetic_png(info.finding, seed=1000 * number + seed)
                (folder / f"film-{source}-{seed}.png").write_bytes(content)
    return [tmp_path / source for source in SOURCES]


def test_two_recipes_are_trained_by_tasks_of_the_cluster(
    cluster: Any, backbone: Path, sources: list[Path], tmp_path: Path
) -> None:
    results = tmp_path / "rows.json"
    options: list[str | Path] = ["--weights", backbone, "--results", results]
    options += [part for source in sources for part in ("--data", source)]
    options += [part for recipe in RECIPES for part in ("--only", recipe)]

    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.model.ablation", "--cluster", "1",
         "--epochs", "1", "--side", "64", *options],
        cwd=ROOT,
        # Each line of a task says which one it is of.
        env=os.environ | {"RAY_ADDRESS": cluster.address, "RAY_DEDUP_LOGS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr[-3000:]
    (rows,) = json.loads(results.read_text(encoding="utf-8")).values()
    assert set(rows) == set(RECIPES)
    for name, row in rows.items():
        assert 0 < row["minutes"] < 30
        assert {"accuracy", "loss", "shifted_auroc", "left_out_auroc"} < row.keys()
        assert f"| {name} |" in run.stdout
    # One a node, side by side: a worker process for each.
    assert len(set(re.findall(r"\(_row pid=(\d+)", run.stdout + run.stderr))) == len(RECIPES)
