"""Reports of finished checks: found by their id for a day."""

import os
from pathlib import Path

import pytest

from api.clock import now
from api.errors import NotFound
from api.evaluation_runs.stored_reports import KEEP_S, MAX_REPORTS, StoredReports
from api.model_card.sites.site_report import SiteReport
from api.settings import Settings
from api.storage.folder_store import FolderStore
from api.storage.places import shared_or
from tests.streamlit_app import answers
from tests.support.s3_server import storage_url as storage_url

REPORT = SiteReport.model_validate(answers.site_report())


@pytest.fixture
def reports(tmp_path: Path) -> StoredReports:
    return StoredReports(FolderStore(tmp_path / "reports"))


def folder_of(reports: StoredReports) -> Path:
    assert isinstance(reports.blobs, FolderStore)
    return reports.blobs.folder


def age(reports: StoredReports, check: str | None, seconds: float) -> None:
    at = now().timestamp() - seconds
    os.utime(folder_of(reports) / f"{check}.json", (at, at))


class TestKeeping:
    def test_a_report_is_found_by_its_id(self, reports: StoredReports) -> None:
        began = now()

        kept = reports.keep(REPORT, by="ann")

        assert kept.check is not None
        assert kept.checked_by == "ann"
        assert kept.checked_at is not None
        assert began <= kept.checked_at <= now()
        assert reports.get(kept.check) == kept

    def test_after_a_day_it_is_gone(self, reports: StoredReports) -> None:
        kept = reports.keep(REPORT)
        age(reports, kept.check, KEEP_S + 1)

        with pytest.raises(NotFound, match="send the films again"):
            reports.get(str(kept.check))
        other = reports.keep(REPORT)

        assert [path.stem for path in folder_of(reports).iterdir()] == [other.check]

    def test_so_many_are_kept_the_newest(self, reports: StoredReports) -> None:
        checks = [reports.keep(REPORT).check for _ in range(MAX_REPORTS)]
        age(reports, checks[0], 60)

        checks.append(reports.keep(REPORT).check)

        assert {path.stem for path in folder_of(reports).iterdir()} == set(checks[1:])

    @pytest.mark.parametrize("check", ["", "../x", "0" * 32, "0" * 33])
    def test_what_names_none_is_not_found(self, reports: StoredReports, check: str) -> None:
        with pytest.raises(NotFound):
            reports.get(check)


def test_another_machine_finds_it(tmp_path: Path, storage_url: str) -> None:
    one, other = (
        StoredReports(
            shared_or(
                Settings(storage_url=storage_url, state_dir=tmp_path / name), "reports/x", tmp_path
            )
        )
        for name in ("one", "two")
    )

    kept = one.keep(REPORT)

    assert other.get(str(kept.check)) == kept
