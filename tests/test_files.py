"""Whole files or none."""

import hashlib
from pathlib import Path

import pytest

from api.errors import StorageFailed
from api.files import sha256_of, write_atomic
from tests.full_disk import full_disk


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
