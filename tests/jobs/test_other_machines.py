"""Retrainings whose trainer is on another machine, or goes there when this one is stopped."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from api.clock import now
from api.jobs import trainer_process
from api.jobs.supervisor import Supervisor
from api.records.retrainings import jobs, lost_jobs
from api.records.retrainings.job_holder import HOST, Holder, host_of
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobState
from tests.jobs.supervised import SAMPLES, Make, silent, working, workspace_of

# Who works on a job that this machine has nothing of.
FAR = Holder("elsewhere", 1)


@dataclass
class Clock:
    """Seconds that a test lets pass."""

    moment: float = 0.0

    def __call__(self) -> float:
        return self.moment


@dataclass
class Watched:
    """A supervisor that looks at a job of a trainer on another machine, which says nothing."""

    supervisor: Supervisor
    clock: Clock

    def looks(self, *, for_s: float, every_s: float = 5.0) -> JobRecord:
        """The job after so long, looked at every few seconds."""
        until = self.clock.moment + for_s
        while self.clock.moment < until:
            self.clock.moment += every_s
            self.supervisor.reconcile()
        return jobs.get(self.supervisor.database, "far", task="pneumonia")


class TestATrainerOnAnotherMachine:
    @pytest.fixture
    def far(self, make: Make) -> Watched:
        supervisor, clock = make("work"), Clock()
        supervisor.silence.clock = clock
        jobs.create(supervisor.database, job_id="far", task="pneumonia", samples=SAMPLES)
        jobs.start(supervisor.database, "far", by=FAR, task="pneumonia")
        return Watched(supervisor, clock)

    def test_whose_machine_never_returns_its_job_begins_again_here(self, far: Watched) -> None:
        soon = far.looks(for_s=55)
        later = far.looks(for_s=15)

        assert (soon.state, soon.host) == ("running", "elsewhere")
        assert (later.restarts, later.host) == (1, HOST)
        assert working(far.supervisor, "far").restarts == 1

    def test_it_begins_again_once_and_is_interrupted_then(self, far: Watched) -> None:
        database = far.supervisor.database
        lost_jobs.requeue(database, "far", lost=FAR, task="pneumonia")
        jobs.start(database, "far", by=FAR, task="pneumonia")

        job = far.looks(for_s=70)

        assert job.state == "interrupted"
        assert "Nothing was heard of the trainer for a minute" in (job.reason or "")

    def test_one_that_is_heard_of_works_on_however_wrong_its_clock_is(self, far: Watched) -> None:
        for _ in range(10):
            # As if it wrote an hour ago, each time.
            jobs.progress(far.supervisor.database, "far", by=FAR, task="pneumonia")
            written = jobs.get(far.supervisor.database, "far", task="pneumonia").heartbeat_at
            assert written is not None
            silent(far.supervisor, "far", now() - written + timedelta(hours=1))
            job = far.looks(for_s=50)

        assert (job.state, job.restarts) == ("running", None)

    def test_records_that_were_away_are_no_silence_of_the_trainer(self, far: Watched) -> None:
        far.looks(for_s=50)
        far.clock.moment += 600

        assert far.looks(for_s=50).state == "running"
        assert far.looks(for_s=20).restarts == 1

    def test_a_machine_that_is_at_another_tasks_leaves_it_to_others(self, far: Watched) -> None:
        database = far.supervisor.database
        jobs.create(database, job_id="near", task="iris", samples={})
        jobs.start(database, "near", task="iris")

        busy = far.looks(for_s=100)
        jobs.stop(database, "near", JobState.CANCELLED, reason="r", task="iris")

        assert (busy.state, busy.host) == ("running", "elsewhere")
        assert far.looks(for_s=5).restarts == 1


class TestHandingOver:
    def test_where_others_go_on_one_of_them_begins_the_job_again(self, make: Make) -> None:
        going, staying = make("work"), make("work")
        job = working(going, going.start(SAMPLES).id)
        half = workspace_of(going, job.id)

        going.hand_over()

        waits = jobs.get(going.database, job.id, task="pneumonia")
        assert (waits.state, waits.host, waits.reason) == ("waiting", None, None)
        assert trainer_process.find(job) is None
        assert not half.exists()
        staying.begin_waiting()
        again = working(staying, job.id)
        assert (again.restarts, again.id in staying._children) == (None, True)

    def test_where_another_one_waits_already_that_one_begins_in_its_place(self, make: Make) -> None:
        going, staying = make("work"), make("work")
        job = working(going, going.start(SAMPLES).id)
        second = staying.start(SAMPLES, may_wait=True)

        going.hand_over()
        staying.begin_waiting()

        ended_ = jobs.get(going.database, job.id, task="pneumonia")
        assert ended_.state == "interrupted"
        assert "the retraining that waits" in (ended_.reason or "")
        assert working(staying, second.id).state == "running"

    def test_anothers_trainer_is_left_at_work(self, make: Make) -> None:
        supervisor = make("work")
        jobs.create(supervisor.database, job_id="far", task="pneumonia", samples=SAMPLES)
        jobs.start(supervisor.database, "far", by=FAR, task="pneumonia")

        supervisor.hand_over()

        assert jobs.get(supervisor.database, "far", task="pneumonia").holder == FAR


class TestTheNameOfAMachine:
    def test_two_containers_of_one_host_name_are_two(self, tmp_path: Path) -> None:
        for number in "12":
            (tmp_path / number).touch()
        boot = tmp_path / "boot"
        boot.write_text("a start of the machine")

        one, two = (host_of(tmp_path / number, boot) for number in "12")

        assert one != two
        assert one.split()[0] == two.split()[0]
        assert one == host_of(tmp_path / "1", boot)

    def test_after_a_restart_its_processes_are_others(self, tmp_path: Path) -> None:
        boot = tmp_path / "boot"
        boot.write_text("first")
        before = host_of(tmp_path, boot)
        boot.write_text("second")

        assert host_of(tmp_path, boot) != before

    def test_where_nothing_tells_it_is_the_host_name(self, tmp_path: Path) -> None:
        assert host_of(tmp_path / "none") == HOST.split()[0]
