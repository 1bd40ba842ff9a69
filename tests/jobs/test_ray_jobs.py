"""Retrainings as jobs of a Ray cluster, whose API is spoken here by a small server."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.errors import ClusterFailed
from api.jobs.launcher import HEAD_AWAY_FOR, SILENT_ELSEWHERE_FOR, SILENT_FOR, Presence
from api.jobs.ray_jobs import (
    LOOK_EVERY_S,
    NO_ROOM,
    TOKEN,
    TOKEN_PATH,
    ray_jobs,
    trainer_environment,
)
from api.jobs.supervisor import Supervisor
from api.records.retrainings import jobs
from api.records.retrainings.job_holder import Holder
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobOutcome, JobState
from api.registry.store import Store
from api.settings import ROOT, Settings
from tests.jobs.small_ray import SmallRay, small_ray
from tests.jobs.supervised import SAMPLES, silent

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def ray() -> Iterator[SmallRay]:
    with small_ray(SmallRay()) as state:
        yield state


@pytest.fixture
def supervisor(database: Engine, tmp_path: Path, ray: SmallRay) -> Supervisor:
    settings = Settings(
        state_dir=tmp_path / "state",
        cluster="ray",
        ray_address=ray.address,
        ray_memory_bytes=2_000_000_000,
        trainer_threads=3,
    )
    return Supervisor(
        database,
        "pneumonia",
        Store(tmp_path / "models" / "pneumonia", tmp_path / "none.h5", "pneumonia"),
        settings.compiled_dir,
        settings.job_logs_dir,
        {},
        # Each look is long after the one before.
        launcher=replace(ray_jobs(settings), clock=itertools.count(step=60).__next__),
    )


def now_at_work(supervisor: Supervisor) -> JobRecord:
    """A job that its trainer on a node has begun."""
    job = supervisor.start(SAMPLES)
    assert jobs.start(supervisor.database, job.id, task="pneumonia", by=Holder("node-3", 4711))
    return job


def after(supervisor: Supervisor, job: JobRecord, silence: timedelta) -> JobRecord:
    """The job once it is looked after, its trainer having been silent for so long."""
    silent(supervisor, job.id, silence)
    supervisor.reconcile()
    return jobs.get(supervisor.database, job.id, task="pneumonia")


class TestStarting:
    def test_the_job_has_its_own_id_there_and_what_it_needs_reserved(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = supervisor.start(SAMPLES)

        (request,) = ray.submitted
        assert request["submission_id"] == job.id
        assert request["entrypoint"].startswith(f"cd {ROOT} && exec python -m api.training.run")
        assert (request["entrypoint_num_cpus"], request["entrypoint_memory"]) == (3, 2_000_000_000)
        assert request["runtime_env"]["env_vars"]["ROENTGEN_TRAINER_THREADS"] == "3"

    def test_a_cluster_that_is_away_is_said_and_the_job_has_failed(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        with small_ray(SmallRay()) as gone:
            pass
        supervisor.launcher = ray_jobs(Settings(cluster="ray", ray_address=gone.address))

        with pytest.raises(ClusterFailed, match=r"does not answer .* ROENTGEN_RAY_ADDRESS"):
            supervisor.start(SAMPLES)

        (job,) = jobs.newest(supervisor.database, task="pneumonia")
        assert job.state == "failed"
        assert "does not answer" in str(job.reason)

    @pytest.mark.parametrize("where", [TOKEN, TOKEN_PATH])
    def test_the_clusters_token_goes_along(
        self,
        supervisor: Supervisor,
        ray: SmallRay,
        tmp_path: Path,
        where: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        file = tmp_path / "token"
        file.write_text("of-the-cluster\n", encoding="utf-8")
        monkeypatch.delenv(TOKEN, raising=False)
        monkeypatch.setenv(where, str(file) if where == TOKEN_PATH else "of-the-cluster")

        supervisor.start(SAMPLES)

        assert ray.tokens == {"Bearer of-the-cluster"}

    def test_whoever_sees_a_clusters_jobs_sees_no_secret(self) -> None:
        hidden = "postgresql+psycopg://me:hidden@db/x"
        settings = Settings(
            database_url=hidden,
            sentry_dsn="https://hidden@sentry.example.org/1",
            oidc_client_secret="hidden",
        )
        open_url = settings.model_copy(update={"database_url": "postgresql+psycopg://me@db/x"})

        assert not any("hidden" in value for value in trainer_environment(settings).values())
        assert "ROENTGEN_DATABASE_URL" not in trainer_environment(settings)
        assert trainer_environment(open_url)["ROENTGEN_DATABASE_URL"].endswith("me@db/x")
        for parameter, is_sent in (
            ("sslmode=require", True),
            ("connect_timeout=3", True),
            ("host=db1,db2&target_session_attrs=read-write", True),
            ("password=hidden", False),
            ("passfile=/hidden", False),
        ):
            url = f"{open_url.database_url}?{parameter}"
            sent = trainer_environment(settings.model_copy(update={"database_url": url}))
            assert ("ROENTGEN_DATABASE_URL" in sent) is is_sent

    @pytest.mark.parametrize("url", ["s3://xray/roentgen", "/srv/roentgen"])
    def test_a_trainer_on_a_node_has_the_store_and_not_its_credentials(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
        settings = Settings(storage_url=url, signing_key="/etc/roentgen/hidden.pem")

        sent = trainer_environment(settings)

        assert sent["ROENTGEN_STORAGE_URL"] == url
        assert not any("hidden" in value for value in sent.values())
        assert trainer_environment(Settings()).get("ROENTGEN_STORAGE_URL") is None


class TestOutcome:
    def test_cancelling_stops_it_there(self, supervisor: Supervisor, ray: SmallRay) -> None:
        job = now_at_work(supervisor)

        cancelled = supervisor.cancel(job.id)

        assert cancelled.state == "cancelled"
        assert ray.jobs[job.id]["status"] == "STOPPED"

    def test_a_stop_of_the_server_leaves_it_at_work(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = now_at_work(supervisor)

        supervisor.close()

        assert ray.jobs[job.id]["status"] == "RUNNING"
        assert jobs.get(supervisor.database, job.id, task="pneumonia").state == "running"

    def test_one_that_ended_by_itself_is_left_as_it_wrote(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = now_at_work(supervisor)
        outcome = JobOutcome(JobState.PROMOTED, "better", "v2")
        jobs.end(supervisor.database, job.id, outcome, task="pneumonia")
        ray.ends(job.id, "SUCCEEDED", driver_exit_code=0)

        assert after(supervisor, job, HEAD_AWAY_FOR * 2).state == "promoted"


class TestLosing:
    def test_a_silent_trainer_that_the_cluster_sees_at_work_is_waited_for(
        self, supervisor: Supervisor
    ) -> None:
        job = now_at_work(supervisor)

        assert after(supervisor, job, HEAD_AWAY_FOR * 2).state == "running"

    def test_the_cluster_is_asked_about_it_every_few_seconds(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job, moments = now_at_work(supervisor), [0.0]
        cluster = replace(
            ray_jobs(Settings(cluster="ray", ray_address=ray.address)), clock=lambda: moments[-1]
        )
        assert cluster.look(job).presence == Presence.ALIVE
        ray.ends(job.id, "FAILED", message="The node died.")

        assert cluster.look(job).presence == Presence.ALIVE
        moments.append(LOOK_EVERY_S)
        assert cluster.look(job).presence == Presence.GONE

    def test_after_the_loss_of_its_node_it_begins_again_once(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = now_at_work(supervisor)
        ray.ends(job.id, "FAILED", message="The node died.")

        again = after(supervisor, job, SILENT_FOR + A_SECOND)
        jobs.start(supervisor.database, job.id, task="pneumonia", by=Holder("node-4", 1))
        ray.ends(job.id, "FAILED", message="The node died.")
        twice = after(supervisor, job, SILENT_FOR + A_SECOND)

        assert (again.state, again.restarts) == ("queued", 1)
        assert [request["submission_id"] for request in ray.submitted] == [job.id, job.id]
        assert twice.state == "interrupted"
        assert "The trainer's node was lost (The node died)" in str(twice.reason)

    def test_one_that_was_killed_for_its_memory_begins_again_too(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = now_at_work(supervisor)
        ray.ends(job.id, "FAILED", driver_exit_code=-9)

        assert after(supervisor, job, SILENT_FOR + A_SECOND).restarts == 1

    def test_an_error_of_its_own_fails_it_and_its_log_is_there(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = now_at_work(supervisor)
        ray.ends(job.id, "FAILED", driver_exit_code=3)

        failed = after(supervisor, job, SILENT_FOR + A_SECOND)

        log = supervisor.logs / f"{job.id}.log"
        assert failed.state == "failed"
        assert "code 3" in str(failed.reason)
        assert log.read_text(encoding="utf-8") == f"printed by {job.id}\n"

    def test_how_it_ended_before_is_not_taken_for_its_end_now(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = supervisor.start(SAMPLES)
        ray.ends(job.id, "FAILED", message="The node died.")

        assert after(supervisor, job, SILENT_FOR + A_SECOND).restarts is None
        assert after(supervisor, job, SILENT_ELSEWHERE_FOR + A_SECOND).restarts == 1


class TestWaitingForCores:
    def waiting(self, supervisor: Supervisor, ray: SmallRay) -> JobRecord:
        """A job for which the cluster has no room."""
        job = supervisor.start(SAMPLES)
        ray.jobs[job.id]["status"] = "PENDING"
        return job

    def test_it_is_said_and_is_neither_lost_nor_late(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = self.waiting(supervisor, ray)

        waits = after(supervisor, job, supervisor.time_limit * 2)

        assert (waits.state, waits.restarts) == ("queued", None)
        assert waits.paused == (
            "It waits for a node of the Ray cluster with room; free cores needed: 3. "
            "Free memory needed: 2.0 GB."
        )
        jobs.start(supervisor.database, job.id, task="pneumonia", by=Holder("node-3", 1))
        assert jobs.get(supervisor.database, job.id, task="pneumonia").paused is None

    def test_after_the_time_that_the_cluster_lets_it_wait_it_goes_on_waiting(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = self.waiting(supervisor, ray)
        for sent in range(2, 5):
            ray.ends(job.id, "FAILED", error_type=NO_ROOM, message="Job supervisor failed.")

            waits = after(supervisor, job, timedelta(minutes=15))

            assert (waits.state, waits.restarts, len(ray.submitted)) == ("queued", None, sent)
            assert "needed: 3" in str(waits.paused)

    def test_of_several_servers_one_sends_it_again(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = self.waiting(supervisor, ray)
        ray.ends(job.id, "FAILED", error_type=NO_ROOM)
        silent(supervisor, job.id, timedelta(minutes=15))
        seen = jobs.get(supervisor.database, job.id, task="pneumonia")
        supervisor.reconcile()

        supervisor._starter.send_again(seen)

        assert len(ray.submitted) == 2


class TestAHeadThatDies:
    def test_a_new_one_that_knows_nothing_of_it_begins_it_again(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job = now_at_work(supervisor)
        ray.jobs.clear()

        soon = after(supervisor, job, SILENT_ELSEWHERE_FOR - 5 * A_SECOND)
        later = after(supervisor, job, SILENT_ELSEWHERE_FOR + A_SECOND)

        assert (soon.state, later.state, later.restarts) == ("running", "queued", 1)
        assert len(ray.submitted) == 2

    def test_without_one_it_is_interrupted_after_a_while(
        self, database: Engine, supervisor: Supervisor
    ) -> None:
        job = now_at_work(supervisor)
        with small_ray(SmallRay()) as gone:
            pass
        supervisor.launcher = ray_jobs(Settings(cluster="ray", ray_address=gone.address))

        soon = after(supervisor, job, HEAD_AWAY_FOR - 5 * A_SECOND)
        later = after(supervisor, job, HEAD_AWAY_FOR + A_SECOND)

        assert (soon.state, later.state) == ("running", "interrupted")
        assert "The Ray cluster does not answer" in str(later.reason)

    def test_one_that_is_just_coming_back_is_asked_again(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job, clock = now_at_work(supervisor), itertools.count(step=10)
        supervisor.unsent.clock = clock.__next__
        ray.jobs.clear()
        ray.refusals = 3

        states = [after(supervisor, job, SILENT_ELSEWHERE_FOR + A_SECOND) for _ in range(4)]

        assert {(state.state, state.restarts) for state in states} == {("queued", 1)}
        assert len(ray.submitted) == 2
        assert job.id not in supervisor.unsent

    def test_one_that_refuses_for_long_interrupts_it(
        self, supervisor: Supervisor, ray: SmallRay
    ) -> None:
        job, clock = now_at_work(supervisor), itertools.count(step=20)
        supervisor.unsent.clock = clock.__next__
        ray.jobs.clear()
        ray.refusals = 100

        for _ in range(30):
            last = after(supervisor, job, SILENT_ELSEWHERE_FOR + A_SECOND)

        assert last.state == "interrupted"
        assert "No available agent" in str(last.reason)
