"""Films that are kept for feedback."""

import os
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.clock import now
from api.samples.image_retention import RetainedImages, RetentionMode, kept_since
from api.storage.blob_store import PAGE, BlobInfo
from api.storage.folder_store import FolderStore

DAY_S = 86_400
MANY = 20_000


class TestKeeping:
    @pytest.mark.parametrize(
        ("mode", "decision", "is_stored"),
        [
            ("none", "refer", False),
            ("referred", "refer", True),
            ("referred", "positive", False),
            ("all", "negative", True),
        ],
    )
    def test_only_what_is_wanted(
        self, tmp_path: Path, mode: RetentionMode, decision: str, is_stored: bool
    ) -> None:
        retained = RetainedImages(FolderStore(tmp_path / "kept"), mode, 30)

        retained.keep(b"film", sha256="ab", decision=decision)

        assert retained.has("ab") is is_stored
        assert retained.read("ab") == (b"film" if is_stored else None)

    def test_a_folder_that_cannot_be_written_fails_no_answer(self, tmp_path: Path) -> None:
        (tmp_path / "kept").write_bytes(b"a file is in the way")
        retained = RetainedImages(FolderStore(tmp_path / "kept"), "all", 30)

        retained.keep(b"film", sha256="ab", decision="refer")

        assert retained.read("ab") is None


class TestForgetting:
    def test_old_ones_go_and_new_ones_stay(self, tmp_path: Path) -> None:
        retained = RetainedImages(FolderStore(tmp_path), "all", days=2)
        for name, age in (("old", 2.1), ("new", 1.9)):
            retained.keep(b"film", sha256=name, decision="refer")
            moment = time.time() - age * DAY_S
            os.utime(tmp_path / name, (moment, moment))

        assert retained.drop_old() == 1
        assert (retained.has("old"), retained.has("new")) == (False, True)

    def test_an_image_that_came_from_another_place_keeps_its_age(self, tmp_path: Path) -> None:
        file = tmp_path / "film"
        file.write_bytes(b"film")
        retained = RetainedImages(FolderStore(tmp_path / "kept"), "all", days=2)
        for sha256, days in (("ab", 1.9), ("cd", 2.1)):
            kept_at = now() - timedelta(days=days)
            retained.take_over(file, sha256=sha256, kept_at=kept_at)

        (young,) = [since for sha256, since in kept_since(retained.store) if sha256 == "ab"]
        assert now() - young > timedelta(days=1.8)
        assert retained.drop_old() == 1
        assert (retained.has("ab"), retained.has("cd")) == (True, False)
        assert len(list(retained.store.list())) == 2

    def test_one_may_be_dropped_twice(self, tmp_path: Path) -> None:
        retained = RetainedImages(FolderStore(tmp_path), "all", 30)
        retained.keep(b"film", sha256="ab", decision="refer")

        retained.drop("ab")
        retained.drop("ab")

        assert not retained.has("ab")


class Many(FolderStore):
    """A store of so many films that none should hold them all; every second one is old."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))
        object.__setattr__(self, "deleted", [])

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        old, new = now() - timedelta(days=40), now()
        for number in range(0 if prefix else MANY):
            yield BlobInfo(f"{number:064x}", 1, old if number % 2 else new, "")

    def delete(self, *keys: str) -> None:
        self.deleted.append(len(keys))  # type: ignore[attr-defined]


class TestVeryMany:
    def test_memory_holds_a_page_of_them_and_a_request_deletes_one(self) -> None:
        store = Many()
        retained = RetainedImages(store, "all", days=30)
        tracemalloc.start()
        try:
            assert retained.drop_old() == MANY // 2
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        # A list of them all has 317 bytes of each.
        assert peak_bytes < 60 * MANY
        assert max(store.deleted) == PAGE  # type: ignore[attr-defined]

    def test_it_ends_where_the_server_does(self) -> None:
        store, asked = Many(), iter(range(100))

        assert RetainedImages(store, "all", days=30).drop_old(lambda: next(asked) < 20) == 10
