"""The life of retraining jobs, with a trainer that is a real process but learns nothing."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from api.errors import Conflict, JobAlreadyRunning, NotFound, StorageFailed, StoreBusy
from api.jobs import process
from api.jobs.supervisor import SILENT_ELSEWHERE_FOR, SILENT_FOR, Supervisor
from api.records import jobs
from api.records.database import writing
from api.records.jobs import JobRecord
from api.records.tables import jobs as table
from api.records.tables import now
from api.registry.store import Store
from api.settings import Settings
from tests.jobs.fake_trainer import BEHAVIOUR
from tests.waiting import wait_until

Make = Callable[[str], Supervisor]
SAMPLES = {"Normal": 6, "COVID-19": 6}


@pytest.fixture
def make(database: Engine, tmp_path: Path) -> Iterator[Make]:
    """Supervisors whose trainers behave as asked; all trainers are gone afterwards."""
    made: list[Supervisor] = []

    def supervisor(behaviour: str) -> Supervisor:
        settings = Settings(database_url=str(database.url), state_dir=tmp_path / "state")
        made.append(
            Supervisor(
                database,
                "pneumonia",
                Store(tmp_path / "models" / "pneumonia", tmp_path / "none.h5", "pneumonia"),
                settings.compiled_dir,
                tmp_path / "logs",
                settings.as_environment() | {BEHAVIOUR: behaviour},
                trainer="tests.jobs.fake_trainer",
            )
        )
        return made[-1]

    yield supervisor
    for supervisor_ in made:
        for child in supervisor_._children.values():
            child.kill()
            child.wait()


def working(supervisor: Supervisor, job_id: str) -> JobRecord:
    """The job, once its trainer is at it."""
    wait_until(
        lambda: jobs.get(supervisor.database, job_id).phase in {"tail", "finishing"},
        "the trainer worked",
    )
    return jobs.get(supervisor.database, job_id)


def ended(supervisor: Supervisor, job_id: str) -> JobRecord:
    def over() -> bool:
        supervisor.reconcile()
        return jobs.get(supervisor.database, job_id).finished_at is not None

    wait_until(over, "the job had ended")
    return jobs.get(supervisor.database, job_id)


def workspace_of(supervisor: Supervisor, job_id: str) -> Path:
    path = supervisor.store.folder / f".tmp-{job_id}"
    path.mkdir(parents=True)
    (path / "model.h5").write_bytes(b"half")
    return path


def silent(supervisor: Supervisor, job_id: str, silence: timedelta, **values: object) -> None:
    """As if the job's trainer had not been heard of for a while."""
    with writing(supervisor.database) as connection:
        connection.execute(
            table.update()
            .where(table.c.id == job_id)
            .values({"heartbeat_at": now() - silence, "created_at": now() - silence} | values)
        )


def stop_between_writes(supervisor: Supervisor, job: JobRecord) -> None:
    """Stop a trainer where it does not hold the database, which nobody else could write then."""
    while True:
        os.kill(job.pid or 0, signal.SIGSTOP)
        try:
            with writing(supervisor.database):
                return
        except StoreBusy:
            os.kill(job.pid or 0, signal.SIGCONT)


class TestStarting:
    def test_a_trainer_runs_and_is_found_again(self, make: Make) -> None:
        supervisor = make("work")

        job = supervisor.start(SAMPLES)

        assert job.samples == SAMPLES
        running = working(supervisor, job.id)
        trainer = process.find(running)
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

        (job,) = jobs.newest(supervisor.database, "pneumonia")
        assert job.state == "failed"
        assert "could not be written" in (job.reason or "")

    def test_what_a_trainer_prints_is_in_its_log(self, make: Make) -> None:
        supervisor = make("unknown behaviour is fine")
        supervisor.trainer = "tests.jobs.no_such_module"

        job = ended(supervisor, supervisor.start(SAMPLES).id)

        assert "no_such_module" in (supervisor.logs / f"{job.id}.log").read_text()


class TestEnding:
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
            found = jobs.get(supervisor.database, job.id)
            return found.restarts == 1 and found.phase == "tail"

        wait_until(begun_again, "another trainer worked")
        assert not half.exists()
        second = jobs.get(supervisor.database, job.id).pid or 0
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

        late = jobs.get(supervisor.database, job.id)
        assert late.state == "failed"
        assert "ROENTGEN_MAX_RETRAIN_MINUTES" in (late.reason or "")
        assert process.find(job) is None

    def test_standing_still_for_the_server_is_not_taking_long(self, make: Make) -> None:
        supervisor = make("work")
        job = working(supervisor, supervisor.start(SAMPLES).id)
        supervisor.time_limit = timedelta(hours=1)
        paused = {"started_at": now() - timedelta(hours=3), "paused_seconds": 2.5 * 3600}
        assert jobs.progress(supervisor.database, job.id, **paused)

        supervisor.reconcile()
        assert jobs.get(supervisor.database, job.id).state == "running"

        assert jobs.progress(supervisor.database, job.id, paused_seconds=1.5 * 3600)
        supervisor.reconcile()
        assert jobs.get(supervisor.database, job.id).state == "failed"

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
        assert process.find(cancelled) is None
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
        assert not half.exists()
        supervisor.reconcile()
        assert jobs.get(supervisor.database, job.id).state == "cancelled"

    def test_another_worker_can_cancel_it(self, make: Make) -> None:
        job = make("work").start(SAMPLES)
        other = make("work")
        running = working(other, job.id)

        assert other.cancel(job.id).state == "cancelled"
        assert process.find(running) is None

    def test_a_finishing_job_is_left_alone(self, make: Make) -> None:
        supervisor = make("finishing")
        job = supervisor.start(SAMPLES)
        running = working(supervisor, job.id)

        with pytest.raises(Conflict, match="just finishing"):
            supervisor.cancel(job.id)

        assert process.find(running) is not None

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
        assert jobs.get(other.database, job.id).state == "running", "silent for too short a time"
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

        assert jobs.get(other.database, job.id).state == "running"
        os.kill(job.pid or 0, signal.SIGCONT)

    @pytest.mark.parametrize(
        ("silence", "state"),
        [
            (SILENT_ELSEWHERE_FOR - timedelta(seconds=5), "running"),
            (SILENT_ELSEWHERE_FOR + timedelta(seconds=5), "interrupted"),
        ],
    )
    def test_on_another_machine_only_a_long_silence_tells(
        self, make: Make, silence: timedelta, state: str
    ) -> None:
        supervisor = make("work")
        jobs.create(supervisor.database, job_id="far", task="pneumonia", samples=SAMPLES)
        jobs.start(supervisor.database, "far", host="elsewhere", pid=1)
        silent(supervisor, "far", silence)

        supervisor.reconcile()

        assert jobs.get(supervisor.database, "far").state == state

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


class TestWaiting:
    def two(self, supervisor: Supervisor) -> tuple[str, str]:
        """One that works, and one that waits for it."""
        first = working(supervisor, supervisor.start(SAMPLES).id).id
        second = supervisor.start(SAMPLES, may_wait=True)
        assert second.state == "waiting"
        return first, second.id

    def end(self, supervisor: Supervisor, job_id: str, how: str) -> None:
        if how == "cancelled":
            supervisor.cancel(job_id)
        elif how == "interrupted":
            jobs.end(supervisor.database, job_id, "interrupted", reason="r")
            supervisor._children[job_id].kill()
        elif how == "took too long":
            supervisor.time_limit = timedelta(0)
            supervisor.reconcile()
            supervisor.time_limit = timedelta(hours=1)
        else:
            jobs.end(supervisor.database, job_id, how, reason="r", version="v2")

    @pytest.mark.parametrize(
        "how", ["cancelled", "interrupted", "took too long", "promoted", "kept", "failed"]
    )
    def test_it_begins_however_the_first_one_ended(self, make: Make, how: str) -> None:
        supervisor = make("work")
        first, second = self.two(supervisor)
        supervisor.begin_waiting()
        assert jobs.get(supervisor.database, second).state == "waiting"

        self.end(supervisor, first, how)
        supervisor.begin_waiting()

        assert working(supervisor, second).restarts is None

    def test_of_several_workers_one_starts_it(self, make: Make) -> None:
        workers = [make("work") for _ in range(6)]
        first, second = self.two(workers[0])
        workers[0].cancel(first)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda worker: worker.begin_waiting(), workers))

        assert sum(second in worker._children for worker in workers) == 1
        running = working(workers[0], second)
        for worker in workers:
            worker.reconcile()
        assert jobs.get(workers[0].database, second).pid == running.pid

    def test_one_that_waited_long_is_not_taken_for_lost_as_it_begins(self, make: Make) -> None:
        supervisor, other = make("work"), make("work")
        first, second = self.two(supervisor)
        silent(supervisor, second, SILENT_ELSEWHERE_FOR, heartbeat_at=None)
        supervisor.cancel(first)

        supervisor.begin_waiting()
        other.reconcile()

        assert second not in other._children
        assert working(supervisor, second).restarts is None

    def test_its_starter_may_be_killed_before_there_is_a_trainer(self, make: Make) -> None:
        supervisor = make("work")
        first, second = self.two(supervisor)
        supervisor.cancel(first)
        assert jobs.begin_waiting(supervisor.database, "pneumonia") is not None
        silent(supervisor, second, SILENT_FOR + timedelta(seconds=1))

        supervisor.reconcile()

        assert working(supervisor, second).restarts == 1

    def test_it_can_be_cancelled_and_the_first_goes_on(self, make: Make) -> None:
        supervisor = make("work")
        first, second = self.two(supervisor)

        assert supervisor.cancel(second).state == "cancelled"

        supervisor.begin_waiting()
        assert process.find(jobs.get(supervisor.database, first)) is not None
        assert supervisor.start(SAMPLES, may_wait=True).state == "waiting"

    def test_a_stop_of_the_server_lets_it_wait_for_the_next_one(self, make: Make) -> None:
        supervisor, following = make("work"), make("work")
        first, second = self.two(supervisor)

        supervisor.close()

        assert jobs.get(supervisor.database, first).state == "interrupted"
        assert jobs.get(supervisor.database, second).state == "waiting"
        following.reconcile()
        following.begin_waiting()
        assert working(following, second).id == second

    def test_who_comes_later_begins_later(self, make: Make) -> None:
        supervisor = make("work")
        first, second = self.two(supervisor)
        supervisor.cancel(first)

        third = supervisor.start(SAMPLES, may_wait=True)

        assert third.state == "waiting"
        assert working(supervisor, second).id == second

    def test_where_no_trainer_can_be_started_it_has_failed(self, make: Make) -> None:
        supervisor = make("work")
        first, second = self.two(supervisor)
        supervisor.cancel(first)
        shutil.rmtree(supervisor.logs)
        supervisor.logs.write_bytes(b"a file is in the way")

        with pytest.raises(StorageFailed):
            supervisor.begin_waiting()

        assert jobs.get(supervisor.database, second).state == "failed"


class TestClosing:
    def test_a_graceful_stop_interrupts_the_running_job(self, make: Make) -> None:
        supervisor = make("work")
        job = working(supervisor, supervisor.start(SAMPLES).id)
        half = workspace_of(supervisor, job.id)

        supervisor.close()

        assert jobs.get(supervisor.database, job.id).state == "interrupted"
        assert process.find(job) is None
        assert not half.exists()

    def test_without_a_job_it_does_nothing(self, make: Make) -> None:
        make("work").close()


class TestRecognising:
    def test_a_stranger_with_the_same_number_is_not_the_trainer(
        self, make: Make, database: Engine
    ) -> None:
        jobs.create(database, job_id="reused", task="pneumonia", samples=SAMPLES)
        jobs.start(database, "reused", host=jobs.HOST, pid=os.getpid())

        assert process.find(jobs.get(database, "reused")) is None

    @pytest.mark.parametrize(
        ("returncode", "words"), [(-9, "lack of memory"), (-11, "signal 11"), (2, "code 2")]
    )
    def test_every_end_is_explained(self, returncode: int, words: str) -> None:
        assert words in process.explain(returncode)
