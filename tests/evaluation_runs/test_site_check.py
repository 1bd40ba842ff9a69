"""The local-site check: one at a time, by a child process, leaving nothing behind."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.errors import Conflict, InvalidCheckpoint, InvalidUpload, StorageFailed
from api.evaluation_runs.site_check import SiteCheck
from api.evaluation_runs.stored_reports import StoredReports
from api.samples.archive.reader import ArchiveLimits
from api.settings import Settings
from api.storage.folder_store import FolderStore
from tests.support import images
from tests.support.checkpoints import damage
from tests.support.full_disk import full_disk

LIMITS = ArchiveLimits(max_files=20, max_total_bytes=5_000_000, max_file_bytes=1_000_000)


class Slow(io.BytesIO):
    """An upload whose first bytes are long in coming."""

    def __init__(self) -> None:
        super().__init__(b"no archive")
        self.asked, self.go_on = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.set()
        assert self.go_on.wait(60)
        return super().read(size)


@pytest.fixture
def check(settings: Settings) -> SiteCheck:
    return SiteCheck(
        settings.state_dir / "checks",
        StoredReports(FolderStore(settings.state_dir / "check_reports")),
        LIMITS,
        settings.as_environment(),
    )


def left_over(check: SiteCheck) -> list[Path]:
    return list(check.folder.rglob("*"))


class TestOneAtATime:
    def test_a_second_check_is_refused_while_the_first_runs(self, check: SiteCheck) -> None:
        slow = Slow()

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(check.check, slow, version="v1", operating_point=None)
            assert slow.asked.wait(60)
            with pytest.raises(Conflict, match="Another check is running"):
                check.check(io.BytesIO(b""), version="v1", operating_point=None)
            slow.go_on.set()
            with pytest.raises(InvalidUpload):
                first.result()

        assert left_over(check) == []

    def test_the_next_may_begin_when_one_has_failed(self, check: SiteCheck) -> None:
        for _ in range(2):
            with pytest.raises(InvalidUpload, match="Send one ZIP archive"):
                check.check(io.BytesIO(b"text"), version="v1", operating_point=None)

    def test_a_full_disk_is_told_and_leaves_nothing(self, check: SiteCheck) -> None:
        archive = io.BytesIO(images.zipped({"NORMAL/a.png": images.png()}))

        with full_disk(), pytest.raises(StorageFailed, match="Free some space"):
            check.check(archive, version="v1", operating_point=None)

        assert left_over(check) == []


class TestTheChild:
    def test_an_entry_is_measured_whatever_a_disk_thinks_of_its_name(
        self, check: SiteCheck
    ) -> None:
        archive = images.zipped(
            {
                "NORMAL/a.png": images.png(1, "clear"),
                "PNEUMONIA/b.png": images.png(2, "reticular"),
                "NORMAL/a.png/c.png": images.png(3, "clear"),
                "NORMAL/" + "long" * 80 + ".png": images.png(4, "clear"),
                "NORMAL\\a.png": images.png(5, "clear"),
            }
        )

        report = check.check(io.BytesIO(archive), version="v1", operating_point=None)

        assert report.counts == {"uploaded": {"Normal": 3, "finding": 1}}
        # Where one name has a slash, a backslash is a letter like any other.
        assert report.skipped == {"not in a class folder": 1}
        assert left_over(check) == []

    def test_a_file_in_the_way_of_a_class_folder_is_what_gives_way(self, check: SiteCheck) -> None:
        archive = images.zipped(
            {
                "NORMAL": b"a file",
                "NORMAL/a.png": images.png(1, "clear"),
                "NORMAL/.png": images.png(2, "clear"),
                "PNEUMONIA/" + "患" * 200 + "/c.png": images.png(3, "reticular"),
            }
        )

        report = check.check(io.BytesIO(archive), version="v1", operating_point=None)

        assert report.counts == {"uploaded": {"Normal": 2, "finding": 1}}
        assert report.skipped == {"not in a class folder": 1}

    def test_its_last_words_are_the_reason(self, check: SiteCheck, default_model: Path) -> None:
        damage(default_model)
        archive = images.zipped({"NORMAL/a.png": images.png(1, "clear")})

        with pytest.raises(InvalidCheckpoint, match=r"^The weights of 'v1' are not those"):
            check.check(io.BytesIO(archive), version="v1", operating_point="balanced")

        assert left_over(check) == []
