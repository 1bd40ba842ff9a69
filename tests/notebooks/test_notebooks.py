"""The notebooks: committed bare, and able to run anywhere; that of films on films that a program
drew.

Both run in one kernel, which imports TensorFlow once; what the one has named is gone before the
other.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from api.settings import ROOT
from api.tasks.task import Task
from api.training.data.splits import SPLIT_RULE

IMAGES, TABLE = (ROOT / "notebooks" / f"{name}.ipynb" for name in ("pneumonia_model", "iris_model"))
FIGURES = ("class-distribution", "samples", "brightness", "edges", "curves")
EXPERIMENTS = ("1 frozen", "2 fine-tuned")
HEAD_EPOCHS, TAIL_EPOCHS, TABLE_EPOCHS = 2, 1, 3
PARAMETERS = {"HEAD_EPOCHS": HEAD_EPOCHS, "TAIL_EPOCHS": TAIL_EPOCHS, "EPOCHS": TABLE_EPOCHS}
TIMEOUT_S = 240

Cells = dict[str, Any]


def read(notebook: Path) -> Any:
    return nbformat.reads(notebook.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]


def outputs_of(cell: Any, kind: str) -> list[str]:
    """What a cell displayed as one media type."""
    return [output.data[kind] for output in cell.outputs if kind in output.get("data", {})]


def words_of(cell: Any) -> str:
    return "\n\n".join(outputs_of(cell, "text/markdown"))


def is_figure(output: Any) -> bool:
    data = output.get("data", {})
    return "image/png" in data or "image/svg+xml" in data


@pytest.fixture(scope="module")
def kernel() -> Iterator[AsyncKernelManager]:
    """It starts with the notebook that runs first."""
    manager = AsyncKernelManager(kernel_name="python3")
    yield manager
    asyncio.get_event_loop().run_until_complete(manager.shutdown_kernel(now=True))


def run(notebook: Path, kernel: AsyncKernelManager) -> Cells:
    """The code cells by name, run in the notebook's own folder."""
    opened = read(notebook)
    forget = nbformat.v4.new_code_cell("%reset -f")  # type: ignore[no-untyped-call]
    opened.cells.insert(0, forget)
    outside = {name: value for name, value in os.environ.items() if "ROENTGEN_" not in name}
    client = NotebookClient(
        opened,
        km=kernel,
        timeout=TIMEOUT_S,
        resources={"metadata": {"path": str(notebook.parent)}},
    )
    given = {f"ROENTGEN_NOTEBOOK_{name}": str(value) for name, value in PARAMETERS.items()}
    client.execute(env=outside | given)
    # The kernel goes on; what listened to it does not.
    assert client.kc
    client.kc.stop_channels()
    return {cell.id: cell for cell in opened.cells[1:] if cell.cell_type == "code"}


@pytest.fixture(scope="module")
def cells(kernel: AsyncKernelManager) -> Cells:
    """Those of the films, run on generated ones."""
    return run(IMAGES, kernel)


@pytest.fixture(scope="module")
def table_cells(kernel: AsyncKernelManager) -> Cells:
    """Those of the table."""
    return run(TABLE, kernel)


@pytest.mark.parametrize("notebook", [IMAGES, TABLE], ids=lambda path: path.stem)
class TestFile:
    def test_it_is_valid(self, notebook: Path) -> None:
        nbformat.validate(read(notebook))

    def test_it_holds_no_outputs(self, notebook: Path) -> None:
        code = [cell for cell in read(notebook).cells if cell.cell_type == "code"]

        assert code
        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)

    def test_it_says_nothing_of_the_machine_it_was_written_on(self, notebook: Path) -> None:
        opened = read(notebook)

        assert opened.metadata == {"language_info": {"name": "python"}}
        assert all(cell.metadata == {} for cell in opened.cells)
        assert not re.search(r"/home/|/Users/|/tmp/|[A-Z]:\\\\", notebook.read_text("utf-8"))


class TestSource:
    def test_every_code_cell_but_the_preparations_is_explained_before_it(self) -> None:
        cells = read(IMAGES).cells
        unexplained = [
            cell.id
            for before, cell in pairwise(cells)
            if cell.cell_type == "code" and before.cell_type == "code"
        ]

        assert unexplained == ["parameters"]

    @pytest.mark.parametrize(
        ("notebook", "own"),
        [
            (IMAGES, r"sklearn|keras\.(layers|applications|Model|Sequential)|"
                     r"resize|\b127\.5\b|/ ?255"),
            (TABLE, r"keras\.|Normalization|StandardScaler|sklearn\.(?!datasets)"),
        ],
    )  # fmt: skip
    def test_it_brings_no_metric_preprocessing_or_network_of_its_own(
        self, notebook: Path, own: str
    ) -> None:
        source = "\n".join(cell.source for cell in read(notebook).cells if cell.cell_type == "code")

        assert not re.search(own, source)
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

        assert f"| epochs, frozen | {HEAD_EPOCHS} (" in text
        assert f"| epochs, fine-tuned | {TAIL_EPOCHS} (" in text

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


class TestRunOfTheTable:
    def test_every_cell_runs_without_an_error(self, table_cells: Cells) -> None:
        outputs = [output for cell in table_cells.values() for output in cell.outputs]

        assert all(cell.execution_count for cell in table_cells.values())
        assert not [output for output in outputs if output.output_type == "error"]

    def test_the_training_trace_is_a_picture_with_what_it_shows(self, table_cells: Cells) -> None:
        picture, words = table_cells["figure-trace"].outputs

        assert "Accuracy" in picture.data["image/svg+xml"]
        assert words.data["text/markdown"].startswith(
            f"**What it shows.** After {TABLE_EPOCHS} epochs the loss is"
        )

    def test_a_request_goes_through_four_stages(self, table_cells: Cells) -> None:
        assert "| petal_width | Must be at least 0 cm |" in words_of(table_cells["stage-1"])
        assert words_of(table_cells["stage-2"]).count("\n") == 4
        assert "| versicolor |" in words_of(table_cells["stage-3"])
        assert "| refer | sepal_length |" in words_of(table_cells["stage-4"])

    def test_serving_scales_as_training_does(self, table_cells: Cells) -> None:
        lines = words_of(table_cells["stage-2"]).splitlines()[2:]

        assert max(float(line.split("|")[-2]) for line in lines) < 1e-6
