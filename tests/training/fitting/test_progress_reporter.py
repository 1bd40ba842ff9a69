"""What a trainer tells of its job, and what it does where nobody can write it down."""

import pytest
from sqlalchemy import Engine

from api.model_card.card import Epoch
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobPhase, JobState
from api.training.fitting.progress import Progress
from api.training.fitting.progress_reporter import JobEnded, ProgressReporter
from api.training.fitting.throttle import TrainingThrottle
from tests.support.locked_database import locked

EPOCH = Epoch(phase="tail", epoch=1, loss=0.5, accuracy=0.8, val_loss=None, val_accuracy=None)


@pytest.fixture
def reporter(database: Engine) -> ProgressReporter:
    """Of a running job."""
    jobs.create(database, job_id="job", task="pneumonia", samples={})
    jobs.start(database, "job", task="pneumonia")
    return ProgressReporter(database, "job", TrainingThrottle(0, lambda: None), task="pneumonia")


class TestLockedRecords:
    def test_they_cost_nobody_a_training_and_are_caught_up_with(
        self, reporter: ProgressReporter
    ) -> None:
        with locked(reporter.database):
            reporter.phase(JobPhase.TAIL)
            reporter.step(Progress(JobPhase.TAIL, 1, 10, 1, 4))
            reporter.epoch(EPOCH)
        reporter.epoch(EPOCH)

        assert len(jobs.get(reporter.database, "job", task="pneumonia").history) == 2


class TestOutcome:
    def test_a_job_that_was_ended_from_outside_is_noticed(self, reporter: ProgressReporter) -> None:
        jobs.stop(
            reporter.database, "job", JobState.CANCELLED, reason="by request", task="pneumonia"
        )

        with pytest.raises(JobEnded):
            reporter.phase(JobPhase.TAIL)
