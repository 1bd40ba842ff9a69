"""Where tasks are read from: the program's task files, and those in a folder of one's own."""

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api.errors import InvalidTask
from api.tasks.section import faults
from api.tasks.table_task import TableTask
from api.tasks.task import DicomExpectations, Task, Wording

FOLDER = Path(__file__).parent
# Read here and not from the settings: whoever reads a card compares it with its task.
OWN_FOLDER = "ROENTGEN_TASKS_DIR"


def load_task(name: str) -> Task:
    """Read `<name>.toml` from the program's task files or from a folder of one's own.

    Raises: InvalidTask if there is no such file, or it cannot be read or describes no task.
    """
    files = task_files()
    if name not in files:
        raise InvalidTask(f"There is no task named '{name}'; there are: {', '.join(files)}.")
    path = files[name]
    try:
        task = parse_task(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as exc:
        raise InvalidTask(f"The task file '{path.name}' is not valid: {faults(exc)}.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise InvalidTask(f"The task file '{path.name}' is not valid TOML: {exc}.") from exc
    except UnicodeDecodeError as exc:
        raise InvalidTask(
            f"The task file '{path.name}' is no UTF-8 text (byte {exc.start}); save it as UTF-8."
        ) from exc
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise InvalidTask(f"The task file '{path.name}' cannot be read: {why}.") from exc
    if task.name != name:
        raise InvalidTask(
            f"The task file '{path.name}' names its task '{task.name}'; give both one name."
        )
    return task


def task_files() -> dict[str, Path]:
    """Task files by name, in alphabetical order; one of one's own comes before the program's."""
    folders = [FOLDER]
    if own := os.environ.get(OWN_FOLDER):
        folders.append(Path(own))
    found = {file.stem: file for folder in folders for file in folder.glob("*.toml")}
    return dict(sorted(found.items()))


@lru_cache(maxsize=32)
def wording_of(name: str) -> Wording:
    """How a task's images are called; in general words where there is no such task here."""
    try:
        return load_task(name).wording
    except InvalidTask:
        return Wording()


@lru_cache(maxsize=32)
def dicom_expectations_of(name: str) -> DicomExpectations:
    """What a task's DICOM films must be; anything where there is no such task here."""
    try:
        return load_task(name).dicom
    except InvalidTask:
        return DicomExpectations()


def parse_task(described: dict[str, Any]) -> Task:
    """A task from what its file says, by its `kind`. Raises: ValidationError."""
    kinds: dict[object, type[Task]] = {"tabular": TableTask}
    return kinds.get(described.get("kind"), Task).model_validate(described)
