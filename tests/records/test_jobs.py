"""Job rows change only from the state they are expected to be in."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from api.clock import now
from api.errors import JobAlreadyRunning, NotFound
from api.model_card.promotion_policy import Check, Verdict
from api.records.database import reading, writing
from api.records.retrainings import job_tables, jobs, lost_jobs
from api.records.retrainings.job_holder import NOBODY, Holder, this_process
from api.records.retrainings.job_states import JobOutcome, JobPhase, JobState
from tests.support.databases import only_sqlite

VERDICT = Verdict.of(
    [Check("a", True, "A rose.", 0.5, 0.75), Check("b", False, "B fell.", films=("ab", "cd"))]
)
GONE = JobOutcome(JobState.INTERRUPTED, "gone")


def create(database: Engine, job_id: str = "one", task: str = "pneumonia") -> str:
    jobs.create(database, job_id=job_id, task=task, samples={"Normal": 3})
    return job_id


class TestCreating:
    def test_a_new_job_is_queued(self, database: Engine) -> None:
        job = jobs.get(database, create(database), task="pneumonia")

        assert (job.state, job.phase, job.progress) == ("queued", "queued", 0)
        assert job.samples == {"Normal": 3}
        assert (job.started_at, job.finished_at, job.pid, job.verdict) == (None,) * 4

    def test_a_second_one_is_refused_with_the_firsts_id(self, database: Engine) -> None:
        create(database)

        with pytest.raises(JobAlreadyRunning, match="DELETE /retrain/one") as caught:
            create(database, "two")

        assert caught.value.job_id == "one"
        assert [job.id for job in jobs.newest(database, task="pneumonia")] == ["one"]

    def test_a_running_one_is_in_the_way_too(self, database: Engine) -> None:
        jobs.start(database, create(database), by=Holder("h", 1), task="pneumonia")

        with pytest.raises(JobAlreadyRunning):
            create(database, "two")

    def test_of_many_at_once_one_is_created(self, database: Engine) -> None:
        def attempt(number: int) -> bool:
            try:
                create(database, f"job{number}")
            except JobAlreadyRunning:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            created = list(pool.map(attempt, range(8)))

        assert created.count(True) == 1
        assert len(jobs.newest(database, task="pneumonia")) == 1

    def test_after_an_end_the_next_may_begin(self, database: Engine) -> None:
        jobs.end(database, create(database), JobOutcome(JobState.FAILED, "r"), task="pneumonia")

        create(database, "two")

        assert [job.id for job in jobs.newest(database, task="pneumonia")] == ["two", "one"]

    def test_one_of_another_task_is_in_the_way_on_this_machine(self, database: Engine) -> None:
        create(database)

        with pytest.raises(JobAlreadyRunning, match="DELETE /tasks/pneumonia/retrain/one") as found:
            create(database, "two", task="mammography")

        assert (found.value.job_id, found.value.task) == ("one", "pneumonia")
        assert jobs.newest(database, task="mammography") == []

    def test_one_of_another_task_on_another_machine_is_not(self, database: Engine) -> None:
        jobs.start(database, create(database), by=Holder("elsewhere", 1), task="pneumonia")

        create(database, "two", task="mammography")

        assert jobs.active_elsewhere(database, task="mammography") is None

    def test_one_of_another_task_that_fell_silent_is_not(self, database: Engine) -> None:
        create(database)
        long_ago = now() - 2 * jobs.SILENT_FOR
        with writing(database) as connection:
            connection.execute(job_tables.jobs.update().values(created_at=long_ago))

        create(database, "two", task="mammography")

        assert jobs.active(database, task="mammography") is not None

    def test_it_may_wait_for_one_of_another_task(self, database: Engine) -> None:
        create(database)
        waits = {"job_id": "two", "task": "mammography", "samples": {}, "may_wait": True}

        assert jobs.create(database, **waits) == JobState.WAITING  # type: ignore[arg-type]
        assert jobs.begin_waiting(database, task="mammography") is None

        jobs.end(database, "one", GONE, task="pneumonia")
        begun = jobs.begin_waiting(database, task="mammography")
        assert begun is not None
        assert begun.id == "two"

    def test_an_unknown_job_is_refused(self, database: Engine) -> None:
        with pytest.raises(NotFound, match="GET /retrain"):
            jobs.get(database, "none", task="pneumonia")


class TestTransitions:
    def test_a_job_is_claimed_once(self, database: Engine) -> None:
        job_id = create(database)

        assert jobs.start(database, job_id, by=Holder("h", 1), task="pneumonia")
        assert not jobs.start(database, job_id, by=Holder("h", 2), task="pneumonia")
        job = jobs.get(database, job_id, task="pneumonia")
        assert (job.state, job.pid) == ("running", 1)
        assert job.started_at is not None
        assert job.heartbeat_at is not None

    def test_the_starters_pid_does_not_replace_the_claimants(self, database: Engine) -> None:
        job_id = create(database)
        jobs.start(database, job_id, by=Holder("h", 1), task="pneumonia")

        assert not jobs.attach(database, job_id, to=Holder("h", 2), task="pneumonia")
        assert jobs.get(database, job_id, task="pneumonia").pid == 1

    def test_only_a_running_job_makes_progress(self, database: Engine) -> None:
        job_id = create(database)
        assert not jobs.progress(database, job_id, progress=0.5, task="pneumonia")
        jobs.start(database, job_id, task="pneumonia")

        assert jobs.progress(database, job_id, progress=0.5, phase=JobPhase.TAIL, task="pneumonia")
        assert jobs.get(database, job_id, task="pneumonia").progress == 0.5

        jobs.end(database, job_id, JobOutcome(JobState.FAILED, "r"), task="pneumonia")
        assert not jobs.progress(database, job_id, progress=0.9, task="pneumonia")

    def test_how_far_it_is_never_falls_also_where_it_begins_anew(self, database: Engine) -> None:
        job_id = create(database)
        jobs.start(database, job_id, task="pneumonia")
        jobs.progress(database, job_id, progress=0.6, task="pneumonia")

        lost_jobs.requeue(database, job_id, lost=this_process(), task="pneumonia")
        jobs.start(database, job_id, task="pneumonia")
        jobs.progress(database, job_id, progress=0.2, phase=JobPhase.HEAD, task="pneumonia")

        job = jobs.get(database, job_id, task="pneumonia")
        assert (job.phase, job.progress) == ("head", 0.6)
        jobs.progress(database, job_id, progress=0.7, task="pneumonia")
        assert jobs.get(database, job_id, task="pneumonia").progress == 0.7

    def test_the_first_end_counts(self, database: Engine) -> None:
        job_id = create(database)

        assert jobs.end(
            database, job_id, JobOutcome(JobState.INTERRUPTED, "first"), task="pneumonia"
        )
        assert not jobs.end(
            database, job_id, JobOutcome(JobState.FAILED, "second"), task="pneumonia"
        )

        job = jobs.get(database, job_id, task="pneumonia")
        assert (job.state, job.reason) == ("interrupted", "first")
        assert job.finished_at is not None
        assert jobs.active(database, task="pneumonia") is None

    @pytest.mark.parametrize("running", [False, True])
    def test_an_active_job_can_be_cancelled(self, database: Engine, running: bool) -> None:
        job_id = create(database)
        if running:
            jobs.start(database, job_id, by=Holder("h", 1), task="pneumonia")

        assert jobs.stop(
            database, job_id, JobState.CANCELLED, reason="by request", task="pneumonia"
        )
        assert jobs.get(database, job_id, task="pneumonia").state == "cancelled"
        assert not jobs.stop(database, job_id, JobState.CANCELLED, reason="again", task="pneumonia")

    def test_a_finishing_job_cannot_be_cancelled_any_more(self, database: Engine) -> None:
        job_id = create(database)
        jobs.start(database, job_id, task="pneumonia")

        assert jobs.claim_finish(database, job_id, version="v2", verdict=VERDICT, task="pneumonia")
        assert not jobs.stop(
            database, job_id, JobState.CANCELLED, reason="too late", task="pneumonia"
        )
        assert jobs.end(
            database, job_id, JobOutcome(JobState.PROMOTED, "better", "v2"), task="pneumonia"
        )

    def test_a_cancelled_job_cannot_finish(self, database: Engine) -> None:
        job_id = create(database)
        jobs.start(database, job_id, task="pneumonia")
        jobs.stop(database, job_id, JobState.CANCELLED, reason="by request", task="pneumonia")

        assert not jobs.claim_finish(
            database, job_id, version="v2", verdict=VERDICT, task="pneumonia"
        )


class TestWaiting:
    def wait(self, database: Engine, job_id: str) -> str:
        return jobs.create(
            database, job_id=job_id, task="pneumonia", samples={"Normal": 3}, may_wait=True
        )

    def test_one_that_may_wait_begins_where_none_is_active(self, database: Engine) -> None:
        assert self.wait(database, "one") == "queued"
        assert jobs.waiting(database, task="pneumonia") is None

    def test_behind_an_active_one_it_waits(self, database: Engine) -> None:
        create(database)

        assert self.wait(database, "two") == "waiting"

        job = jobs.get(database, "two", task="pneumonia")
        assert (job.state, job.phase) == ("waiting", "waiting")
        assert jobs.waiting(database, task="pneumonia") == job
        assert jobs.active(database, task="pneumonia") == jobs.get(
            database, "one", task="pneumonia"
        )

    def test_a_third_one_is_refused_with_the_second_ones_id(self, database: Engine) -> None:
        create(database)
        self.wait(database, "two")

        with pytest.raises(JobAlreadyRunning, match=r"another one waits.*/retrain/two") as caught:
            self.wait(database, "three")

        assert caught.value.job_id == "two"

    def test_of_many_at_once_one_is_queued_and_one_waits(self, database: Engine) -> None:
        def attempt(number: int) -> str:
            try:
                return self.wait(database, f"job{number}")
            except JobAlreadyRunning:
                return "refused"

        with ThreadPoolExecutor(8) as pool:
            states = list(pool.map(attempt, range(8)))

        assert sorted(states) == ["queued", *["refused"] * 6, "waiting"]

    def test_it_does_not_begin_while_the_other_is_active(self, database: Engine) -> None:
        jobs.start(database, create(database), by=Holder("h", 1), task="pneumonia")
        self.wait(database, "two")

        assert jobs.begin_waiting(database, task="pneumonia") is None
        assert jobs.get(database, "two", task="pneumonia").state == "waiting"

    def test_of_many_at_once_one_begins_it(self, database: Engine) -> None:
        create(database)
        self.wait(database, "two")
        jobs.end(database, "one", JobOutcome(JobState.FAILED, "r"), task="pneumonia")

        with ThreadPoolExecutor(8) as pool:
            begun = list(
                pool.map(lambda _: jobs.begin_waiting(database, task="pneumonia"), range(8))
            )

        assert [job.id for job in begun if job] == ["two"]
        job = jobs.get(database, "two", task="pneumonia")
        assert (job.state, job.phase) == ("queued", "queued")
        assert job.heartbeat_at is not None
        assert job.heartbeat_at > job.created_at

    def test_it_can_be_cancelled_and_then_never_begins(self, database: Engine) -> None:
        create(database)
        self.wait(database, "two")

        assert jobs.stop(database, "two", JobState.CANCELLED, reason="by request", task="pneumonia")

        jobs.end(database, "one", JobOutcome(JobState.FAILED, "r"), task="pneumonia")
        assert jobs.begin_waiting(database, task="pneumonia") is None
        assert self.wait(database, "three") == "queued"


class TestALostTrainer:
    def test_a_job_begins_again_once_and_only_for_the_process_that_was_lost(
        self, database: Engine
    ) -> None:
        job_id = create(database)
        jobs.start(database, job_id, by=Holder("h", 1), task="pneumonia")

        assert not lost_jobs.requeue(database, job_id, lost=Holder("h", 2), task="pneumonia")
        assert lost_jobs.requeue(database, job_id, lost=Holder("h", 1), task="pneumonia")
        job = jobs.get(database, job_id, task="pneumonia")
        assert (job.state, job.restarts) == ("queued", 1)
        jobs.start(database, job_id, by=Holder("h", 3), task="pneumonia")
        assert not lost_jobs.requeue(database, job_id, lost=Holder("h", 3), task="pneumonia")

    def test_who_learns_of_it_late_ends_nobody_elses_work(self, database: Engine) -> None:
        job_id = create(database)
        jobs.start(database, job_id, by=Holder("h", 1), task="pneumonia")
        seen = jobs.get(database, job_id, task="pneumonia")
        lost_jobs.requeue(database, job_id, lost=Holder("h", 1), task="pneumonia")
        assert not lost_jobs.finish_lost(
            database, seen, GONE, lost=Holder("h", 1), task="pneumonia"
        )
        jobs.start(database, job_id, by=Holder("h", 3), task="pneumonia")
        again = jobs.get(database, job_id, task="pneumonia")

        assert not lost_jobs.finish_lost(
            database, again, GONE, lost=Holder("h", 1), task="pneumonia"
        )
        assert not lost_jobs.finish_lost(
            database, again, GONE, lost=Holder("another", 3), task="pneumonia"
        )
        assert jobs.get(database, job_id, task="pneumonia").state == "running"
        assert lost_jobs.finish_lost(database, again, GONE, lost=Holder("h", 3), task="pneumonia")

    def test_of_two_who_see_an_unclaimed_one_the_second_does_not_end_what_the_first_began(
        self, database: Engine
    ) -> None:
        job_id = create(database)
        seen = jobs.get(database, job_id, task="pneumonia")

        assert lost_jobs.requeue(database, job_id, lost=NOBODY, task="pneumonia")

        assert not lost_jobs.finish_lost(database, seen, GONE, lost=NOBODY, task="pneumonia")
        assert jobs.get(database, job_id, task="pneumonia").state == "queued"

    def test_one_with_its_number_on_another_machine_is_not_taken_for_it(
        self, database: Engine
    ) -> None:
        job_id = create(database)
        jobs.start(database, job_id, by=Holder("h", 1), task="pneumonia")

        assert not lost_jobs.requeue(database, job_id, lost=Holder("g", 1), task="pneumonia")

    def test_a_trainer_that_was_taken_for_lost_and_lives_can_write_nothing_any_more(
        self, database: Engine
    ) -> None:
        job_id = create(database)
        jobs.start(database, job_id, task="pneumonia")
        lost_jobs.requeue(database, job_id, lost=this_process(), task="pneumonia")
        jobs.start(database, job_id, by=Holder("elsewhere", 7), task="pneumonia")

        assert not jobs.progress(database, job_id, progress=0.9, task="pneumonia")
        assert not jobs.claim_finish(
            database, job_id, version="v2", verdict=VERDICT, task="pneumonia"
        )
        assert not jobs.end(database, job_id, GONE, task="pneumonia", by=this_process())
        job = jobs.get(database, job_id, task="pneumonia")
        assert (job.state, job.host, job.version) == ("running", "elsewhere", None)


class TestHandingOver:
    def test_a_released_job_waits_for_another_server_once_its_trainer_is_gone(
        self, database: Engine
    ) -> None:
        job_id = create(database)
        jobs.start(database, job_id, by=Holder("h", 1), task="pneumonia")

        assert not lost_jobs.release(database, job_id, task="pneumonia", holder=Holder("h", 2))
        assert lost_jobs.release(database, job_id, task="pneumonia", holder=Holder("h", 1))
        assert jobs.begin_waiting(database, task="pneumonia") is None
        assert lost_jobs.hand_over(database, job_id, task="pneumonia")

        begun = jobs.begin_waiting(database, task="pneumonia")
        assert begun is not None
        assert (begun.id, begun.restarts, begun.started_at) == (job_id, None, None)

    def test_one_that_publishes_is_not_taken_from_its_trainer(self, database: Engine) -> None:
        job_id = create(database)
        jobs.start(database, job_id, task="pneumonia")
        jobs.claim_finish(database, job_id, version="v2", verdict=VERDICT, task="pneumonia")

        assert not lost_jobs.release(database, job_id, task="pneumonia", holder=this_process())

    def test_where_another_one_waits_already_it_does_not_wait_too(self, database: Engine) -> None:
        job_id = create(database)
        jobs.create(database, job_id="two", task="pneumonia", samples={}, may_wait=True)
        jobs.start(database, job_id, task="pneumonia")
        lost_jobs.release(database, job_id, task="pneumonia", holder=this_process())

        assert not lost_jobs.hand_over(database, job_id, task="pneumonia")
        assert jobs.get(database, job_id, task="pneumonia").state == "queued"


class TestTheVerdictOfAVersion:
    def test_of_two_jobs_that_name_it_the_newer_counts(self, database: Engine) -> None:
        for name in ("older", "newer"):
            jobs.start(database, create(database, name), task="pneumonia")
            verdict = Verdict.of([Check(name, False, "It fell.")])
            jobs.end(
                database, name, JobOutcome(JobState.KEPT, "r", "v2", verdict), task="pneumonia"
            )

        assert jobs.failed_checks(database, "v2", task="pneumonia") == ("newer",)

    @only_sqlite
    def test_the_stored_json_is_what_former_releases_wrote_and_read(self, database: Engine) -> None:
        jobs.start(database, create(database), task="pneumonia")
        jobs.claim_finish(database, "one", version="v2", verdict=VERDICT, task="pneumonia")

        with reading(database) as connection:
            stored = connection.execute(text("SELECT verdict FROM jobs")).scalar_one()
        found = json.loads(stored)
        # What came later, an earlier release does not look at.
        assert (found.pop("sites"), found.pop("trade"), found.pop("no_site")) == ([], "", "")
        assert found.pop("counted") is None
        assert [check.pop("label_issues") for check in found["checks"]] == [[], []]
        assert found == {
            "promoted": False,
            "reason": "B fell.",
            "checks": [
                {
                    "name": "a",
                    "passed": True,
                    "detail": "A rose.",
                    "champion": 0.5,
                    "challenger": 0.75,
                    "films": [],
                },
                {
                    "name": "b",
                    "passed": False,
                    "detail": "B fell.",
                    "champion": None,
                    "challenger": None,
                    "films": ["ab", "cd"],
                },
            ],
        }
        assert jobs.get(database, "one", task="pneumonia").verdict == VERDICT

    def test_of_a_job_that_failed_after_all_none_is_left(self, database: Engine) -> None:
        jobs.start(database, create(database), task="pneumonia")
        jobs.claim_finish(database, "one", version="v2", verdict=VERDICT, task="pneumonia")

        jobs.end(
            database, "one", JobOutcome(JobState.FAILED, "The disk is full."), task="pneumonia"
        )

        job = jobs.get(database, "one", task="pneumonia")
        assert (job.version, job.verdict) == (None, None)


class TestTheLastOne:
    def test_it_is_the_one_that_finished_last(self, database: Engine) -> None:
        assert jobs.last_finished(database, task="pneumonia") is None
        for name in ("one", "two"):
            jobs.end(
                database,
                create(database, name),
                JobOutcome(JobState.FAILED, name),
                task="pneumonia",
            )
        create(database, "three")

        last = jobs.last_finished(database, task="pneumonia")

        assert last is not None
        assert last.id == "two"
