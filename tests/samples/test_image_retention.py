"""Films that are kept for feedback."""

import os
import time
from pathlib import Path

import pytest

from api.samples.image_retention import DAY_S, RetainedImages, RetentionMode


class TestKeeping:
    @pytest.mark.parametrize(
        ("wanted", "decision", "kept"),
        [
            ("none", "refer", False),
            ("referred", "refer", True),
            ("referred", "positive", False),
            ("all", "negative", True),
        ],
    )
    def test_only_what_is_wanted(
        self, tmp_path: Path, wanted: RetentionMode, decision: str, kept: bool
    ) -> None:
        films = RetainedImages(tmp_path / "kept", wanted, 30)

        films.keep(b"film", sha256="ab", decision=decision)

        assert films.has("ab") is kept
        assert films.read("ab") == (b"film" if kept else None)

    def test_a_folder_that_cannot_be_written_fails_no_answer(self, tmp_path: Path) -> None:
        (tmp_path / "kept").write_bytes(b"a file is in the way")
        films = RetainedImages(tmp_path / "kept", "all", 30)

        films.keep(b"film", sha256="ab", decision="refer")

        assert films.read("ab") is None


class TestForgetting:
    def test_old_ones_go_and_new_ones_stay(self, tmp_path: Path) -> None:
        films = RetainedImages(tmp_path, "all", days=2)
        for name, age in (("old", 2.1), ("new", 1.9)):
            films.keep(b"film", sha256=name, decision="refer")
            moment = time.time() - age * DAY_S
            os.utime(tmp_path / name, (moment, moment))

        assert films.drop_old() == 1
        assert (films.has("old"), films.has("new")) == (False, True)

    def test_one_may_be_dropped_twice(self, tmp_path: Path) -> None:
        films = RetainedImages(tmp_path, "all", 30)
        films.keep(b"film", sha256="ab", decision="refer")

        films.drop("ab")
        films.drop("ab")

        assert not films.has("ab")
