"""The notebook of the table: committed bare, and able to run anywhere."""

import os
import re
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from api.settings import ROOT

NOTEBOOK = ROOT / "notebooks" / "iris_model.ipynb"
TIMEOUT_S = 240
EPOCHS = 3


def read() -> Any:
    return nbformat.reads(NOTEBOOK.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]


def words_of(cell: Any) -> str:
    outputs = (output.get("data", {}) for output in cell.outputs)
    return "\n\n".join(data["text/markdown"] for data in outputs if "text/markdown" in data)


@pytest.fixture(scope="module")
def cells() -> dict[str, Any]:
    """The code cells by name, run in the notebook's own folder for a few epochs."""
    notebook = read()
    outside = {name: value for name, value in os.environ.items() if "ROENTGEN_" not in name}
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
    )
    client.execute(env=outside | {"ROENTGEN_NOTEBOOK_EPOCHS": str(EPOCHS)})
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


class TestFile:
    def test_it_is_valid_bare_and_says_nothing_of_a_machine(self) -> None:
        notebook = read()
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]

        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
        assert notebook.metadata == {"language_info": {"name": "python"}}
        assert not re.search(r"/home/|/Users/|/tmp/|[A-Z]:\\\\", NOTEBOOK.read_text("utf-8"))

    def test_it_brings_no_metric_scaler_or_network_of_its_own(self) -> None:
        source = "\n".join(cell.source for cell in read().cells if cell.cell_type == "code")

        assert not re.search(r"keras\.|Normalization|StandardScaler|sklearn\.(?!datasets)", source)
        assert not re.search(r"^class ", source, re.MULTILINE)


class TestRun:
    def test_every_cell_runs_without_an_error(self, cells: dict[str, Any]) -> None:
        outputs = [output for cell in cells.values() for output in cell.outputs]

        assert all(cell.execution_count for cell in cells.values())
        assert not [output for output in outputs if output.output_type == "error"]

    def test_the_training_trace_is_a_picture_with_what_it_shows(
        self, cells: dict[str, Any]
    ) -> None:
        picture, words = cells["figure-trace"].outputs

        assert "Accuracy" in picture.data["image/svg+xml"]
        assert words.data["text/markdown"].startswith(
            f"**What it shows.** After {EPOCHS} epochs the loss is"
        )

    def test_a_request_goes_through_four_stages(self, cells: dict[str, Any]) -> None:
        assert "| petal_width | Must be at least 0 cm |" in words_of(cells["stage-1"])
        assert words_of(cells["stage-2"]).count("\n") == 4
        assert "| versicolor |" in words_of(cells["stage-3"])
        assert "| refer | sepal_length |" in words_of(cells["stage-4"])

    def test_serving_scales_as_training_does(self, cells: dict[str, Any]) -> None:
        lines = words_of(cells["stage-2"]).splitlines()[2:]

        assert max(float(line.split("|")[-2]) for line in lines) < 1e-6
