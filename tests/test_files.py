"""Whole files or none."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from api.errors import StorageFailed
from api.files import (
    ABANDONED_AFTER_S,
    discard_abandoned,
    sha256_of,
    staged,
    staged_by,
    write_atomic,
)
from tests.support.full_disk import full_disk


class TestWriting:
    def test_a_file_and_its_folders_are_made(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "file"

        write_atomic(path, b"content")

        assert path.read_bytes() == b"content"
        assert sha256_of(path) == hashlib.sha256(b"content").hexdigest()
        assert [entry.name for entry in path.parent.iterdir()] == ["file"]

    def test_others_may_read_it(self, tmp_path: Path) -> None:
        write_atomic(tmp_path / "file", b"content")

        assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644

    def test_a_full_disk_leaves_the_old_content_and_no_rest(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        write_atomic(path, b"old")

        with full_disk(), pytest.raises(StorageFailed, match=r"'file' could not be written"):
            write_atomic(path, b"new" * 10_000)

        assert path.read_bytes() == b"old"
        assert [entry.name for entry in tmp_path.iterdir()] == ["file"]

    def test_a_folder_in_its_place_is_a_storage_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").mkdir()

        with pytest.raises(StorageFailed):
            write_atomic(tmp_path / "file", b"content")

        assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


class TestStaging:
    def test_a_staged_file_takes_its_place_in_one_step(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "file"

        with staged(path, b"content", owner="job") as ready:
            assert not path.exists()
            assert ready == staged_by("job", path.parent)
            ready.replace(path)

        assert path.read_bytes() == b"content"
        assert [entry.name for entry in path.parent.iterdir()] == ["file"]

    def test_nothing_is_left_of_one_that_was_not_wanted(self, tmp_path: Path) -> None:
        with staged(tmp_path / "file", b"content", owner="job"):
            pass

        assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_leaves_nothing(self, tmp_path: Path) -> None:
        content = b"x" * 10_000

        with (
            full_disk(),
            pytest.raises(StorageFailed, match="'file' could not be written"),
            staged(tmp_path / "file", content, owner="job"),
        ):
            pass

        assert list(tmp_path.iterdir()) == []


class TestAbandoned:
    def test_old_temporary_files_go_and_young_ones_are_told_of(self, tmp_path: Path) -> None:
        for name in (".tmp-old", ".tmp-young", "old"):
            (tmp_path / name).write_bytes(b"x")
        then = time.time() - ABANDONED_AFTER_S - 5
        for name in (".tmp-old", "old"):
            os.utime(tmp_path / name, (then, then))

        assert not discard_abandoned(tmp_path)

        assert {entry.name for entry in tmp_path.iterdir()} == {".tmp-young", "old"}
