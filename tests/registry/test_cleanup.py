"""What killed processes left is removed, and nothing that somebody is at."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.files import ABANDONED_AFTER_S
from api.registry.champion import LOCK_NAME, Alias
from api.registry.champion_file import FILE_NAME
from api.registry.cleanup import discard_workspace_of, remove_abandoned
from api.registry.store import Store

OLD_S = ABANDONED_AFTER_S + 5


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """With a version, an alias, a half-made version and half an alias."""
    store = Store(tmp_path / "pneumonia", tmp_path / "default.h5", "pneumonia")
    for name in ("v2/model.h5", ".tmp-job/model.h5", ".tmp-abc", FILE_NAME):
        path = store.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return store


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """With a compiled model, and one that was being made."""
    folder = tmp_path / "compiled"
    folder.mkdir()
    for name in ("a.activation.tflite", "a.activation.lock", ".tmp-job"):
        (folder / name).write_bytes(b"x")
    return folder


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {LOCK_NAME}


def swept(store: Store, compiled: Path, is_at_work: Callable[[], bool] = lambda: False) -> bool:
    return remove_abandoned(store, Alias(store.folder), compiled=compiled, is_at_work=is_at_work)


class TestSweeping:
    def test_what_is_half_made_goes_and_what_is_whole_stays(
        self, store: Store, compiled: Path
    ) -> None:
        age(compiled / ".tmp-job", OLD_S)

        assert swept(store, compiled)

        assert names(store.folder) == {"v2", FILE_NAME}
        assert names(compiled) == {"a.activation.tflite", "a.activation.lock"}

    def test_while_a_job_works_nothing_is_touched(self, store: Store, compiled: Path) -> None:
        age(compiled / ".tmp-job", OLD_S)

        assert not swept(store, compiled, lambda: True)

        assert ".tmp-job" in names(store.folder) & names(compiled)

    def test_what_a_job_makes_that_began_meanwhile_is_left(
        self, store: Store, compiled: Path
    ) -> None:
        def begins_and_ends() -> bool:
            (store.folder / ".tmp-another").mkdir()
            return False

        swept(store, compiled, begins_and_ends)

        assert names(store.folder) == {"v2", FILE_NAME, ".tmp-another"}

    def test_a_file_that_may_be_being_written_is_looked_at_again(
        self, store: Store, compiled: Path
    ) -> None:
        assert not swept(store, compiled)
        assert ".tmp-job" in names(compiled)

        age(compiled / ".tmp-job", OLD_S)

        assert swept(store, compiled)
        assert ".tmp-job" not in names(compiled)

    def test_without_folders_there_is_nothing_to_do(self, tmp_path: Path) -> None:
        assert swept(Store(tmp_path / "no", tmp_path / "no.h5", "t"), tmp_path / "none")
        assert list(tmp_path.iterdir()) == []


class TestDiscarding:
    def test_a_jobs_work_goes_in_both_folders_and_nobody_elses(
        self, store: Store, compiled: Path
    ) -> None:
        (store.folder / ".tmp-job-0a1b2c3d").mkdir()
        discard_workspace_of("job", store, compiled=compiled)
        discard_workspace_of("job", store, compiled=compiled)

        assert names(store.folder) == {"v2", FILE_NAME, ".tmp-abc"}
        assert names(compiled) == {"a.activation.tflite", "a.activation.lock"}
