"""An erasure reaches films in a shared store that no record knows."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.records.database import open_database
from api.samples.open_collection import open_collection
from api.settings import PREFIX, Settings
from api.storage.folder_store import FolderStore
from api.tasks.task_files import load_task
from tests.support import images

YOUNG, OLD = (f"Normal/{letter * 64}.png" for letter in "ab")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStore:
    """A store with one sample, and two films of uploads that were cut off: now, and an hour ago."""
    settings = Settings(
        storage_url=str(tmp_path / "shared"),
        state_dir=tmp_path / "state",
        models_dir=tmp_path / "models",
        retrain_dir=tmp_path / "films",
    )
    for name, value in settings.as_environment().items():
        if name.startswith(PREFIX):
            monkeypatch.setenv(name, value)
    database = open_database(settings.records_url, timeout_s=5)
    collection = open_collection(settings, load_task("pneumonia"), database)
    collection.add(images.png(1), filename="a.png", label="Normal")
    database.dispose()
    found = collection.files
    assert isinstance(found, FolderStore)
    for key in (YOUNG, OLD):
        found.put(key, b"a film")
    os.utime(found.path_of(OLD), (1, 1))
    return found


def test_they_go_with_whatever_is_erased(files: FolderStore) -> None:
    erase = ("erase", "--before", "1990-01-01")

    asked = CliRunner().invoke(app, [*erase, "--dry-run"])

    assert "and 1 files that no record knows" in asked.output
    assert files.head(OLD)

    done = CliRunner().invoke(app, [*erase, "--yes"])

    assert done.exit_code == 0, done.output
    assert files.head(OLD) is None
    # It may be one that is being stored.
    assert files.head(YOUNG)
    assert len(list(files.list("Normal/"))) == 2
