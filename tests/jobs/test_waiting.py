"""A retraining that waits for another one."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.errors import StorageFailed
from api.jobs import trainer_process
from api.jobs.launcher import SILENT_ELSEWHERE_FOR, SILENT_FOR
from api.jobs.supervisor import Supervisor
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobState
from tests.jobs.supervised import SAMPLES, Make, silent, working


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
            jobs.end(
                supervisor.database, job_id, JobOutcome(JobState.INTERRUPTED, "r"), task="pneumonia"
            )
            supervisor._children[job_id].kill()
        else:
            supervisor.time_limit = timedelta(0)
            supervisor.reconcile()
            supervisor.time_limit = timedelta(hours=1)

    @pytest.mark.parametrize("how", ["cancelled", "interrupted", "took too long"])
    def test_it_begins_however_the_first_one_ended(self, make: Make, how: str) -> None:
        supervisor = make("work")
        first, second = self.two(supervisor)
        supervisor.begin_waiting()
        assert jobs.get(supervisor.database, second, task="pneumonia").state == "waiting"

        self.end(supervisor, first, how)
        supervisor.begin_waiting()

        assert working(supervisor, second).restarts is None

    @pytest.mark.parametrize("state", [JobState.PROMOTED, JobState.KEPT, JobState.FAILED])
    def test_it_begins_whatever_the_first_ones_trainer_says_in_the_end(
        self, make: Make, state: JobState
    ) -> None:
        supervisor = make("work")
        jobs.create(supervisor.database, job_id="first", task="pneumonia", samples=SAMPLES)
        jobs.start(supervisor.database, "first", task="pneumonia")
        second = supervisor.start(SAMPLES, may_wait=True)
        assert second.state == "waiting"

        outcome = JobOutcome(state, "r", "v2")
        jobs.end(supervisor.database, "first", outcome, task="pneumonia")
        supervisor.begin_waiting()

        assert second.id in supervisor._children

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
        assert jobs.get(workers[0].database, second, task="pneumonia").pid == running.pid

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
        assert jobs.begin_waiting(supervisor.database, task="pneumonia") is not None
        silent(supervisor, second, SILENT_FOR + timedelta(seconds=1))

        supervisor.reconcile()

        assert working(supervisor, second).restarts == 1

    def test_it_can_be_cancelled_and_the_first_goes_on(self, make: Make) -> None:
        supervisor = make("work")
        first, second = self.two(supervisor)

        assert supervisor.cancel(second).state == "cancelled"

        supervisor.begin_waiting()
        assert (
            trainer_process.find(jobs.get(supervisor.database, first, task="pneumonia")) is not None
        )
        assert supervisor.start(SAMPLES, may_wait=True).state == "waiting"

    def test_a_stop_of_the_server_lets_it_wait_for_the_next_one(self, make: Make) -> None:
        supervisor, following = make("work"), make("work")
        first, second = self.two(supervisor)

        supervisor.close()

        assert jobs.get(supervisor.database, first, task="pneumonia").state == "interrupted"
        assert jobs.get(supervisor.database, second, task="pneumonia").state == "waiting"
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

        assert jobs.get(supervisor.database, second, task="pneumonia").state == "failed"
