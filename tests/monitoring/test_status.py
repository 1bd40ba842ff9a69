"""The state of the service."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.errors import StoreBusy
from api.monitoring.status import Health, check, check_folder, uptime_seconds
from api.records.servers.workers import WorkerRecord

MOMENT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def worker(age_s: float) -> WorkerRecord:
    started = MOMENT - timedelta(seconds=age_s)
    return WorkerRecord("a", "h", 1, started, MOMENT, "v1")


class TestUptime:
    def test_it_is_the_age_of_the_oldest_living_worker(self) -> None:
        assert uptime_seconds([worker(10), worker(99.56), worker(3)], MOMENT) == 99.6

    def test_without_workers_it_is_zero(self) -> None:
        assert uptime_seconds([], MOMENT) == 0


class TestHealth:
    def test_a_writable_folder_is_fine(self, tmp_path: Path) -> None:
        health = check_folder(tmp_path)

        assert health.ok
        assert health.detail.endswith("GB free")

    def test_a_folder_that_could_be_made_is_fine(self, tmp_path: Path) -> None:
        assert check_folder(tmp_path / "a" / "b").ok

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_read_only_folder_is_told(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)

        health = check_folder(tmp_path)

        tmp_path.chmod(0o700)
        assert not health.ok
        assert "permissions" in health.detail

    def test_a_parts_answer_or_refusal_is_its_state(self) -> None:
        def refuse() -> str:
            raise StoreBusy("The records are busy.")

        assert check(lambda: "fine") == Health(True, "fine")
        assert check(refuse) == Health(False, "The records are busy.")
