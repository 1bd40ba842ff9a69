"""The life of retraining jobs, with a trainer that is a real process but learns nothing."""

import os
import signal
from datetime import timedelta

import psutil
import pytest

from api.clock import now
from api.errors import Conflict, JobAlreadyRunning, NotFound, StorageFailed
from api.jobs import trainer_process
from api.jobs.launcher import SILENT_FOR
from api.records.retrainings import jobs
from tests.jobs.supervised import (
    SAMPLES,
    Make,
    ended,
    silent,
    stop_between_writes,
    working,
    workspace_of,
)
from tests.support.waiting import wait_until


class TestStarting:
    def test_a_trainer_runs_and_is_found_again(self, make: Make) -> None:
        supervisor = make("work")

        job = supervisor.start(SAMPLES)

        assert job.samples == SAMPLES
        running = working(supervisor, job.id)
        trainer = trainer_process.find(running)
        assert trainer is not None
        assert trainer.pid == running.pid

    def test_a_second_one_is_refused_while_the_first_runs(self, make: Make) -> None:
        supervisor = make("work")
        job = supervisor.start(SAMPLES)

        with pytest.raises(JobAlreadyRunning) as caught:
            make("work").start(SAMPLES)

        assert caught.value.job_id == job.id

    def test_a_log_that_cannot_be_written_fails_the_job(self, make: Make) -> None:
        supervisor = make("work")
        supervisor.logs.write_bytes(b"a file is in the way")

        with pytest.raises(StorageFailed):
            supervisor.start(SAMPLES)

        (job,) = jobs.newest(supervisor.database, task="pneumonia")
        assert job.state == "failed"
        assert "could not be written" in (job.reason or "")

    def test_what_a_trainer_prints_is_in_its_log(self, make: Make) -> None:
        supervisor = make("unknown behaviour is fine")
        supervisor.trainer = "tests.jobs.no_such_module"

        job = ended(supervisor, supervisor.start(SAMPLES).id)

        assert "no_such_module" in (supervisor.logs / f"{job.id}.log").read_text()


class TestOutcome:
    def test_a_trainer_that_finished_keeps_its_own_word(self, make: Make) -> None:
        supervisor = make("finish")

        job = ended(supervisor, supervisor.start(SAMPLES).id)
        supervisor.reconcile()

        assert (job.state, job.reason, job.version) == ("promoted", "better", "v2")

    def test_a_trainer_that_ended_without_a_word_failed(self, make: Make) -> None:
        supervisor = make("crash")

        job = ended(supervisor, supervisor.start(SAMPLES).id)

        assert job.state == "failed"
        assert "code 3" in (job.reason or "")

    def test_a_killed_trainer_is_started_again_once(self, make: Make) -> None:
        supervisor = make("work")
        job = supervisor.start(SAMPLES)
        half = workspace_of(supervisor, job.id)
        first = working(supervisor, job.id).pid or 0
        os.kill(first, signal.SIGKILL)

        def begun_again() -> bool:
            supervisor.reconcile()
            found = jobs.get(supervisor.database, job.id, task="pneumonia")
            return found.restarts == 1 and found.phase == "tail"

        wait_until(begun_again, "another trainer worked")
        assert not half.exists()
        second = jobs.get(supervisor.database, job.id, task="pneumonia").pid or 0
        assert second != first
        os.kill(second, signal.SIGKILL)

        job = ended(supervisor, job.id)

        assert job.state == "interrupted"
        assert "signal 9" in (job.reason or "")

    def test_the_second_trainer_may_finish(self, make: Make) -> None:
        supervisor = make("die once")

        job = ended(supervisor, supervisor.start(SAMPLES).id)

        assert (job.state, job.version, job.restarts) == ("promoted", "v2", 1)

    def test_one_that_takes_too_long_is_stopped_with_the_setting_to_change(
        self, make: Make
    ) -> None:
        supervisor = make("work")
        supervisor.time_limit = timedelta(seconds=0)
        job = working(supervisor, supervisor.start(SAMPLES).id)

        supervisor.reconcile()

        late = jobs.get(supervisor.database, job.id, task="pneumonia")
        assert late.state == "failed"
        assert "allow more time" in (late.reason or "")
        assert trainer_process.find(job) is None

    def test_standing_still_for_the_server_is_not_taking_long(self, make: Make) -> None:
        supervisor = make("work")
        job = working(supervisor, supervisor.start(SAMPLES).id)
        supervisor.time_limit = timedelta(hours=1)
        assert jobs.progress(
            supervisor.database, job.id, task="pneumonia", by=job.holder,
            started_at=now() - timedelta(hours=3), paused_seconds=2.5 * 3600,
        )  # fmt: skip

        supervisor.reconcile()
        assert jobs.get(supervisor.database, job.id, task="pneumonia").state == "running"

        assert jobs.progress(
            supervisor.database,
            job.id,
            paused_seconds=1.5 * 3600,
            task="pneumonia",
            by=job.holder,
        )
        supervisor.reconcile()
        assert jobs.get(supervisor.database, job.id, task="pneumonia").state == "failed"

    def test_after_a_failure_the_next_may_start(self, make: Make) -> None:
        supervisor = make("die")
        ended(supervisor, supervisor.start(SAMPLES).id)

        assert supervisor.start(SAMPLES).state in {"queued", "running"}


class TestCancelling:
    @pytest.mark.parametrize("behaviour", ["work", "stubborn"])
    def test_the_trainer_is_gone_and_nothing_is_kept(self, make: Make, behaviour: str) -> None:
        supervisor = make(behaviour)
        job = supervisor.start(SAMPLES)
        half = workspace_of(supervisor, job.id)
        pid = working(supervisor, job.id).pid or 0

        cancelled = supervisor.cancel(job.id)

        assert (cancelled.state, cancelled.reason) == ("cancelled", "Cancelled by request.")
        assert trainer_process.find(cancelled) is None
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
        assert not half.exists()
        supervisor.reconcile()
        assert jobs.get(supervisor.database, job.id, task="pneumonia").state == "cancelled"

    def test_another_worker_can_cancel_it(self, make: Make) -> None:
        job = make("work").start(SAMPLES)
        other = make("work")
        running = working(other, job.id)

        assert other.cancel(job.id).state == "cancelled"
        assert trainer_process.find(running) is None

    def test_a_finishing_job_is_left_alone(self, make: Make) -> None:
        supervisor = make("finishing")
        job = supervisor.start(SAMPLES)
        running = working(supervisor, job.id)

        with pytest.raises(Conflict, match="just finishing"):
            supervisor.cancel(job.id)

        assert trainer_process.find(running) is not None

    def test_a_job_that_has_ended_cannot_be_cancelled(self, make: Make) -> None:
        supervisor = make("finish")
        job = ended(supervisor, supervisor.start(SAMPLES).id)

        with pytest.raises(Conflict, match=r"already ended \(promoted\)"):
            supervisor.cancel(job.id)

    def test_an_unknown_job_is_refused(self, make: Make) -> None:
        with pytest.raises(NotFound):
            make("work").cancel("none")


class TestRecovering:
    def test_another_worker_begins_a_job_again_whose_trainer_is_gone(self, make: Make) -> None:
        first, other = make("work"), make("work")
        job = first.start(SAMPLES)
        pid = working(first, job.id).pid or 0
        child = first._children.pop(job.id)
        os.kill(pid, signal.SIGKILL)
        child.wait()

        other.reconcile()
        assert jobs.get(other.database, job.id, task="pneumonia").state == "running", (
            "silent for too short a time"
        )
        silent(other, job.id, SILENT_FOR + timedelta(seconds=1))
        other.reconcile()

        again = working(other, job.id)
        assert again.restarts == 1
        assert again.pid != pid
        assert job.id in other._children

    def test_a_living_trainer_is_left_alone_however_silent(self, make: Make) -> None:
        first, other = make("work"), make("work")
        job = working(first, first.start(SAMPLES).id)
        stop_between_writes(other, job)
        silent(other, job.id, SILENT_FOR * 10)

        other.reconcile()

        assert jobs.get(other.database, job.id, task="pneumonia").state == "running"
        os.kill(job.pid or 0, signal.SIGCONT)

    def test_a_job_that_was_never_claimed_begins_again(self, make: Make) -> None:
        supervisor = make("work")
        jobs.create(supervisor.database, job_id="left", task="pneumonia", samples=SAMPLES)
        silent(supervisor, "left", SILENT_FOR + timedelta(seconds=1), heartbeat_at=None)

        supervisor.reconcile()

        assert working(supervisor, "left").restarts == 1

    def test_starting_another_begins_the_lost_one_again_instead(self, make: Make) -> None:
        supervisor = make("work")
        jobs.create(supervisor.database, job_id="left", task="pneumonia", samples=SAMPLES)
        silent(supervisor, "left", SILENT_FOR + timedelta(seconds=1))

        with pytest.raises(JobAlreadyRunning) as caught:
            supervisor.start(SAMPLES)

        assert caught.value.job_id == "left"
        assert working(supervisor, "left").restarts == 1


class TestShutdown:
    def test_a_graceful_stop_interrupts_the_running_job(self, make: Make) -> None:
        supervisor = make("work")
        job = working(supervisor, supervisor.start(SAMPLES).id)
        half = workspace_of(supervisor, job.id)

        supervisor.close()

        assert jobs.get(supervisor.database, job.id, task="pneumonia").state == "interrupted"
        assert trainer_process.find(job) is None
        assert not half.exists()

    def test_without_a_job_it_does_nothing(self, make: Make) -> None:
        make("work").close()
