"""What the next retraining would learn, and how long it may take."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from api.jobs.plan import _expected, _need
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobState

BEGAN = datetime(2026, 11, 27, 12, tzinfo=UTC)
FINISHED = JobRecord(
    id="j", task="pneumonia", state=JobState.KEPT, phase="done", epoch=1, epochs=1, progress=1.0,
    eta_seconds=None, created_at=BEGAN, started_at=BEGAN, heartbeat_at=None,
    finished_at=BEGAN + timedelta(seconds=100), parent="v1", version="v2", samples={"Normal": 20},
    history=[], verdict=None, reason=None, host=None, pid=None,
)  # fmt: skip


class TestHowLong:
    def test_it_grows_with_the_images_and_does_not_count_pauses(self) -> None:
        assert _expected([FINISHED], total=40) == 200.0
        assert _expected([FINISHED], total=5) == 100.0
        assert _expected([replace(FINISHED, paused_seconds=40.0)], total=20) == 60.0

    def test_without_one_that_finished_nobody_knows(self) -> None:
        assert _expected([replace(FINISHED, finished_at=None)], total=20) is None
        assert _expected([], total=20) is None


class TestWhatItNeeds:
    def test_it_is_what_was_measured_and_grows_a_little_with_the_images(self) -> None:
        assert (_need(200).memory_mb, _need(200).disk_mb) == (1600.0, 20.0)
        assert (_need(2000).memory_mb, _need(2000).disk_mb) == (1630.0, 120.0)
        assert (_need(20_000).memory_mb, _need(20_000).disk_mb) == (1880.0, 1110.0)
