"""The notebook: committed bare, and able to run anywhere on films that a program drew."""

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from api.settings import ROOT
from api.tasks.task import Task
from api.training.data.splits import SPLIT_RULE

NOTEBOOK = ROOT / "notebooks" / "pneumonia_model.ipynb"
FIGURES = ("class-distribution", "samples", "brightness", "edges", "curves")
EXPERIMENTS = ("1 frozen", "2 fine-tuned")
TIMEOUT_S = 240

Cells = dict[str, Any]


def read() -> Any:
    return nbformat.reads(NOTEBOOK.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]


def outputs_of(cell: Any, kind: str) -> list[str]:
    """What a cell displayed as one media type."""
    return [output.data[kind] for output in cell.outputs if kind in output.get("data", {})]


def words_of(cell: Any) -> str:
    return "\n\n".join(outputs_of(cell, "text/markdown"))


def is_figure(output: Any) -> bool:
    data = output.get("data", {})
    return "image/png" in data or "image/svg+xml" in data


@pytest.fixture(scope="module")
def cells() -> Cells:
    """The code cells by name, run in the notebook's own folder on generated films."""
    notebook = read()
    parameters = {"HEAD_EPOCHS": "2", "TAIL_EPOCHS": "1"}
    outside = {name: value for name, value in os.environ.items() if "ROENTGEN_" not in name}
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
    )
    client.execute(
        env=outside | {f"ROENTGEN_NOTEBOOK_{name}": value for name, value in parameters.items()}
    )
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


class TestFile:
    def test_it_is_valid(self) -> None:
        nbformat.validate(read())

    def test_it_holds_no_outputs(self) -> None:
        code = [cell for cell in read().cells if cell.cell_type == "code"]

        assert code
        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)

    def test_it_says_nothing_of_the_machine_it_was_written_on(self) -> None:
        notebook = read()

        assert notebook.metadata == {"language_info": {"name": "python"}}
        assert all(cell.metadata == {} for cell in notebook.cells)
        assert not re.search(r"/home/|/Users/|/tmp/|[A-Z]:\\\\", NOTEBOOK.read_text("utf-8"))

    def test_every_code_cell_but_the_preparations_is_explained_before_it(self) -> None:
        cells = read().cells
        unexplained = [
            cell.id
            for before, cell in pairwise(cells)
            if cell.cell_type == "code" and before.cell_type == "code"
        ]

        assert unexplained == ["parameters"]

    def test_it_brings_no_metric_preprocessing_or_network_of_its_own(self) -> None:
        source = "\n".join(cell.source for cell in read().cells if cell.cell_type == "code")

        assert not re.search(r"sklearn|keras\.(layers|applications|Model|Sequential)", source)
        assert not re.search(r"resize|\b127\.5\b|/ ?255", source)
        assert not re.search(r"^class ", source, re.MULTILINE)


class TestRun:
    def test_every_cell_runs_without_an_error(self, cells: Cells) -> None:
        assert all(cell.execution_count for cell in cells.values())
        assert not [
            output
            for cell in cells.values()
            for output in cell.outputs
            if output.output_type == "error"
        ]

    def test_it_says_that_images_and_backbone_are_not_real(self, cells: Cells) -> None:
        text = words_of(cells["parameters"])

        assert "These films are generated" in text
        assert "The backbone is random" in text
        assert "generated films only" in words_of(cells["limits"])

    def test_it_gives_the_epochs_that_were_asked_for(self, cells: Cells) -> None:
        text = words_of(cells["parameters"])

        assert "| epochs, frozen | 2 (" in text
        assert "| epochs, fine-tuned | 1 (" in text

    @pytest.mark.parametrize("name", FIGURES)
    def test_a_figure_is_followed_by_what_it_shows(self, cells: Cells, name: str) -> None:
        outputs = cells[f"figure-{name}"].outputs
        drawn = [position for position, output in enumerate(outputs) if is_figure(output)]
        last = outputs[-1].data["text/markdown"]

        assert drawn
        assert drawn[-1] < len(outputs) - 1
        assert last.startswith("**What it shows.** ")
        assert "nan" not in last
        assert "None" not in last

    def test_it_shows_images_of_every_class(self, cells: Cells, task: Task) -> None:
        cell = cells["figure-samples"]

        assert len(outputs_of(cell, "image/png")) == len(task.labels)
        assert all(f"**{label}**" in words_of(cell) for label in task.labels)

    def test_no_patient_is_on_two_splits(self, cells: Cells) -> None:
        text = words_of(cells["split"])

        assert SPLIT_RULE in text
        assert "Patients on more than one split: **0**" in text

    @pytest.mark.parametrize("name", ["overall", "sources"])
    def test_both_experiments_are_in_the_tables(self, cells: Cells, name: str) -> None:
        text = words_of(cells[f"results-{name}"])

        for column in ("accuracy", "AUROC", "sensitivity", "specificity"):
            assert column in text
        assert all(f"| {experiment} |" in text for experiment in EXPERIMENTS)

    def test_both_experiments_have_their_figures_per_class(self, cells: Cells, task: Task) -> None:
        text = words_of(cells["results-classes"])

        assert "| class | precision | recall | F1 | films |" in text
        assert all(text.count(f"| {label} |") == len(EXPERIMENTS) for label in task.labels)

    def test_both_experiments_have_a_confusion_matrix(self, cells: Cells) -> None:
        outputs = cells["results-confusion"].outputs

        assert sum(is_figure(output) for output in outputs) == len(EXPERIMENTS)

    def test_no_cell_shows_a_path_of_this_machine(self, cells: Cells, tmp_path: Path) -> None:
        text = "\n".join(words_of(cell) for cell in cells.values())

        assert str(ROOT) not in text
        assert str(tmp_path.parent) not in text
