"""How a trainer stands still, and what its job's row says meanwhile."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine

from api.records.retrainings import jobs, lost_jobs
from api.records.retrainings.job_holder import Holder, this_process
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobPhase, JobState
from api.training.fitting.progress import Progress
from api.training.fitting.progress_reporter import JobEnded, ProgressReporter
from api.training.fitting.throttle import TrainingThrottle

STEP = Progress(JobPhase.TAIL, 1, 2, 3, 10)


@dataclass
class Life:
    """A job whose trainer rests by a clock that only resting moves; `busy_s` the server is busy."""

    database: Engine
    busy_s: float
    now: float = 0.0
    cancelled_at: float | None = None
    seen: list[JobRecord] = field(default_factory=list)
    reporter: ProgressReporter = field(init=False)

    def __post_init__(self) -> None:
        jobs.create(self.database, job_id="job", task="pneumonia", samples={})
        jobs.start(self.database, "job", task="pneumonia")
        throttle = TrainingThrottle(
            500, lambda: 900 if self.now < self.busy_s else 40, lambda: self.now
        )
        self.reporter = ProgressReporter(
            self.database, "job", throttle, sleep=self.rest, task="pneumonia"
        )

    def rest(self, seconds: float) -> None:
        self.seen.append(jobs.get(self.database, "job", task="pneumonia"))
        self.now += seconds
        if self.cancelled_at is not None and self.now >= self.cancelled_at:
            jobs.stop(
                self.database, "job", JobState.CANCELLED, reason="by request", task="pneumonia"
            )


class TestStandingStill:
    def test_the_row_says_so_until_it_goes_on(self, database: Engine) -> None:
        life = Life(database, busy_s=3)

        life.reporter.step(STEP)

        assert [job.paused_seconds for job in life.seen] == [0, 1, 2]
        assert all("The server is busy" in (job.paused or "") for job in life.seen)
        after = jobs.get(database, "job", task="pneumonia")
        assert (after.state, after.paused, after.paused_seconds) == ("running", None, 3)

    def test_a_calm_server_costs_no_rest(self, database: Engine) -> None:
        life = Life(database, busy_s=0)

        life.reporter.step(STEP)

        assert life.seen == []

    def test_a_phase_begins_only_once_the_server_is_calm(self, database: Engine) -> None:
        life = Life(database, busy_s=2)

        life.reporter.phase(JobPhase.EVALUATING)

        assert [job.phase for job in life.seen] == ["evaluating"] * 2

    def test_a_job_that_was_cancelled_meanwhile_ends_with_the_next_look(
        self, database: Engine
    ) -> None:
        life = Life(database, busy_s=60, cancelled_at=2)

        with pytest.raises(JobEnded):
            life.reporter.step(STEP)

        assert life.now == 2
        assert jobs.get(database, "job", task="pneumonia").paused is None

    def test_a_trainer_that_begins_again_has_not_stood_still_yet(self, database: Engine) -> None:
        life = Life(database, busy_s=3)
        life.reporter.step(STEP)

        assert lost_jobs.requeue(database, "job", lost=this_process(), task="pneumonia")
        jobs.start(database, "job", by=Holder("h", 2), task="pneumonia")

        assert jobs.get(database, "job", task="pneumonia").paused_seconds is None
