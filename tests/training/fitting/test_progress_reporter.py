"""What a trainer tells of its job, and what it does where nobody can write it down."""

import pytest
from sqlalchemy import Engine

from api.model_card.card import Epoch
from api.records import jobs
from api.training.fitting.progress import Step
from api.training.fitting.progress_reporter import Ended, Reporter
from api.training.fitting.throttle import Courtesy
from tests.support.locked_database import locked

EPOCH = Epoch(phase="tail", epoch=1, loss=0.5, accuracy=0.8, val_loss=None, val_accuracy=None)


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    """Of a running job."""
    jobs.create(database, job_id="job", task="pneumonia", samples={})
    jobs.start(database, "job", host="h", pid=1)
    return Reporter(database, "job", Courtesy(0, lambda: None))


class TestLockedRecords:
    def test_they_cost_nobody_a_training_and_are_caught_up_with(self, reporter: Reporter) -> None:
        with locked(reporter.database):
            reporter.phase("tail")
            reporter.step(Step("tail", 1, 10, 1, 4))
            reporter.epoch(EPOCH)
        reporter.epoch(EPOCH)

        assert len(jobs.get(reporter.database, "job").history) == 2


class TestEnding:
    def test_a_job_that_was_ended_from_outside_is_noticed(self, reporter: Reporter) -> None:
        jobs.stop(reporter.database, "job", "cancelled", reason="by request")

        with pytest.raises(Ended):
            reporter.phase("tail")
