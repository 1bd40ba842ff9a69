"""A retraining's life in any order: whatever happens, nothing is lost, doubled or half-made."""

import contextlib
import io
import shutil
import signal
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import select

from api.errors import Conflict, JobAlreadyRunning, NotFound, StorageFailed
from api.files import TEMPORARY_PREFIX, sha256_of
from api.jobs.supervisor import Supervisor
from api.model_card.card_file import write_card
from api.records.database import open_database, reading, writing
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import ACTIVE_STATES
from api.records.retrainings.job_tables import jobs as table
from api.records.training_images import samples
from api.registry.champion import LOCK_NAME, Alias, champion_of, retraining
from api.registry.store import Checkpoint, Store, card_path, compiled_path, verify_weights
from api.samples.collection import SampleCollection
from api.samples.open_collection import open_collection
from api.samples.upload import add_upload
from api.serving.engine import Engine
from api.serving.live import LiveModel
from api.serving.promotion import Promoter
from api.settings import Settings
from api.tasks.task_files import load_task
from tests.jobs.trainers import CRASHED, REFUSAL, VERDICT, Trainer, Trainers
from tests.support import images
from tests.support.cards import card
from tests.support.examples import examples

TASK = load_task("pneumonia")
IMAGES = [(info.name, images.png(seed, info.finding)) for info in TASK.classes for seed in range(3)]
WORKERS = 2
LIMIT = timedelta(minutes=30)
SILENCES = st.sampled_from([timedelta(seconds=s) for s in (2, 8, 8, 8)] + [2 * LIMIT])
worker_numbers = st.integers(0, WORKERS - 1)


@dataclass
class Worker:
    """What one process of the server knows of retrainings and of the champion."""

    supervisor: Supervisor
    live: LiveModel
    promoter: Promoter


class Life(RuleBasedStateMachine):
    """Two workers, one records file, one models folder, and trainers that go step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.settings = Settings(
            default_model=self.folder / "default.h5",
            models_dir=self.folder / "models",
            retrain_dir=self.folder / "retrain_data",
            state_dir=self.folder / "state",
            keep_versions=2,
        )
        self.database = open_database(self.settings.records_url, timeout_s=1)
        self.store = Store(
            self.settings.models_dir / TASK.name, self.settings.default_model, TASK.name
        )
        self.alias = Alias(self.store.folder)
        self.trainers = Trainers(self.database, self.settings)
        self.collection: SampleCollection = open_collection(self.settings, TASK, self.database)
        self.sent: dict[str, str | None] = {}
        self.over: dict[str, Any] = {}
        self.numbers = iter(range(10_000))

    @initialize()
    def install(self) -> None:
        weights = self.settings.default_model
        weights.write_bytes(b"the shipped weights")
        write_card(card_path(weights), card(weights_sha256=sha256_of(weights)))
        for _ in range(8):
            self.upload()
        self.workers = [self._worker() for _ in range(WORKERS)]

    def _worker(self) -> Worker:
        supervisor = Supervisor(
            self.database, TASK.name, self.store, self.settings.compiled_dir,
            self.settings.job_logs_dir, {}, time_limit=LIMIT, launcher=self.trainers,
            new_id=lambda: f"job{next(self.numbers)}",
        )  # fmt: skip
        live = LiveModel(self.store, self.alias, self._engine)
        live.refresh()
        return Worker(supervisor, live, Promoter(self.store, self.alias, live))

    def _engine(self, checkpoint: Checkpoint) -> Engine:
        verify_weights(checkpoint)
        return cast(
            Engine,
            SimpleNamespace(checkpoint=checkpoint, version=checkpoint.version, precision="fp32"),
        )

    # What people do.

    @precondition(lambda self: len(self.sent) < len(IMAGES))
    @rule()
    def upload(self) -> None:
        label, content = IMAGES[len(self.sent)]
        (outcome,) = add_upload(self.collection, [("a.png", io.BytesIO(content))], label=label)
        assert outcome.outcome == "stored"
        self.sent[str(outcome.sha256)] = None

    @rule(number=worker_numbers, is_better=st.booleans(), room=st.integers(0, 5))
    def start(self, number: int, is_better: bool, room: int) -> None:
        self.trainers.verdict = VERDICT if is_better else REFUSAL
        self.trainers.has_room = room > 0
        with contextlib.suppress(JobAlreadyRunning, StorageFailed):
            self.workers[number].supervisor.start(self.collection.counts())
        self.trainers.has_room = True

    @precondition(lambda self: self._active() is not None)
    @rule(number=worker_numbers)
    def cancel(self, number: int) -> None:
        job = self._active()
        assert job is not None
        with contextlib.suppress(Conflict):
            assert self.workers[number].supervisor.cancel(job.id).state == "cancelled"
            assert self.trainers.find(job) is None

    @rule(number=worker_numbers, choice=st.integers(0, 3), is_back=st.booleans())
    def move_the_champion(self, number: int, choice: int, is_back: bool) -> None:
        promoter, versions = self.workers[number].promoter, self.store.versions()
        with contextlib.suppress(Conflict, NotFound):
            if is_back:
                promoter.rollback(reason="asked")
            else:
                promoter.promote(versions[choice % len(versions)], reason="asked")

    # What time does.

    # One rule for both: Hypothesis leaves some rules out of each example, and without trainers that
    # get on, or workers that look, little happens.
    @rule(number=worker_numbers, steps=st.integers(0, 17), looks=st.booleans())
    def go_on(self, number: int, steps: int, looks: bool) -> None:
        self.train(steps)
        if looks or not steps:
            self.look(number)

    def train(self, steps: int) -> None:
        for _ in range(steps):
            for trainer in self.trainers.alive():
                trainer.step()

    def look(self, number: int) -> None:
        self.workers[number].live.refresh()
        self.workers[number].supervisor.reconcile()

    @rule(time=SILENCES)
    def pass_time(self, time: timedelta) -> None:
        moments = ("created_at", "started_at", "heartbeat_at")
        with writing(self.database) as connection:
            for row in connection.execute(select(table).where(table.c.state.in_(ACTIVE_STATES))):
                known = {name: getattr(row, name) for name in moments}
                earlier = {name: value - time for name, value in known.items() if value}
                connection.execute(table.update().where(table.c.id == row.id).values(earlier))
        for trainer in self.trainers.alive():
            trainer.beat()

    # What goes wrong.

    @precondition(lambda self: self.trainers.alive())
    @rule(what=st.sampled_from(["killed", "crashes", "ends", "fails", "hangs"]))
    def befall(self, what: str) -> None:
        trainer = self.trainers.alive()[-1]
        if what == "hangs":
            trainer.hangs = True
        elif what == "fails":
            if not trainer.is_publishing and trainer.moment != "spawned":
                trainer.fail("It could not be done.")
        else:
            trainer.die({"killed": -signal.SIGKILL, "crashes": CRASHED, "ends": 3}[what])

    @precondition(lambda self: self.trainers.alive())
    @rule(steps=st.integers(0, 6), hangs=st.booleans())
    def lose_one_that_publishes(self, steps: int, hangs: bool) -> None:
        trainer = self.trainers.alive()[-1]
        while trainer.is_alive and not trainer.hangs and not trainer.is_publishing:
            trainer.step()
        for _ in range(steps):
            trainer.step()
        if hangs:
            trainer.hangs = True
        else:
            trainer.die(-signal.SIGKILL)

    @rule(number=worker_numbers, is_cut_off=st.booleans())
    def kill_a_worker(self, number: int, is_cut_off: bool) -> None:
        if is_cut_off:
            # While it wrote the alias.
            self.store.folder.mkdir(parents=True, exist_ok=True)
            (self.store.folder / f"{TEMPORARY_PREFIX}cut-off").write_bytes(b"[")
        self.workers[number] = self._worker()

    @rule(is_asked=st.booleans())
    def stop_the_server(self, is_asked: bool) -> None:
        if is_asked:
            self.workers[0].supervisor.close()
        self.workers = [self._worker() for _ in range(WORKERS)]

    @precondition(lambda self: self._active() is None)
    @rule(has_spawned=st.booleans(), is_noticed=st.booleans())
    def kill_the_server_while_it_starts_one(self, has_spawned: bool, is_noticed: bool) -> None:
        job_id = f"job{next(self.numbers)}"
        jobs.create(self.database, job_id=job_id, task=TASK.name, samples={})
        if has_spawned:
            self.trainers.spawn(job_id, log=Path(), environment={}, trainer="")
        self.stop_the_server(is_asked=False)
        if is_noticed:
            # Then another trainer is begun, and the first may still claim the job.
            self.pass_time(timedelta(seconds=8))
            self.look(0)

    # What must always be so.

    @invariant()
    def one_trainer_at_most_works_on_the_one_job(self) -> None:
        with reading(self.database) as connection:
            query = select(table.c.id).where(table.c.state.in_(ACTIVE_STATES))
            active = list(connection.execute(query).scalars())
        assert len(active) <= 1
        working = [t for t in self.trainers.alive() if t.job_id in active and self._has_claimed(t)]
        assert len(working) <= 1

    @invariant()
    def one_whole_champion_serves_everywhere(self) -> None:
        champion = champion_of(self.store, self.alias)
        verify_weights(champion)
        for worker in getattr(self, "workers", []):
            assert worker.live.problem is None
            verify_weights(worker.live.current().checkpoint)

    @invariant()
    def nobody_replaces_a_champion_that_was_not_compared_with(self) -> None:
        before: str | None = self.store.default().version
        for move in self.alias.history():
            assert move.previous == before
            before = move.version

    @invariant()
    def every_version_is_whole_and_some_jobs(self) -> None:
        made = {job.version for job in jobs.newest(self.database, task=TASK.name)}
        for version in self.store.versions():
            verify_weights(self.store.get(version))
            assert version in made | {self.store.default().version}

    @invariant()
    def no_sample_is_lost_or_changes_sides(self) -> None:
        found = {
            record.sha256: record for record in samples.everything(self.database, task="pneumonia")
        }
        assert found.keys() == self.sent.keys()
        for sha256, record in found.items():
            assert sha256_of(self.collection.folder / record.file) == sha256
            assert self.sent[sha256] in (None, record.part)
            self.sent[sha256] = record.part

    @invariant()
    def a_job_that_has_ended_stays_as_it_is_and_tells_the_truth(self) -> None:
        movers = {move.by for move in self.alias.history()}
        ended = [job for job in jobs.newest(self.database, task=TASK.name) if job.finished_at]
        for job in ended:
            assert self.over.setdefault(job.id, job) == job
            assert (retraining(job.id) in movers) == (job.state == "promoted")
            assert (job.version is None) == (job.state not in {"promoted", "kept"})
        versions = [job.version for job in ended if job.version]
        assert len(versions) == len(set(versions))

    def teardown(self) -> None:
        try:
            if hasattr(self, "workers"):
                self._settle()
        finally:
            self.database.dispose()
            shutil.rmtree(self.folder)

    def _settle(self) -> None:
        """Left alone, it comes to rest: no job, no trainer, nothing left over."""
        for _ in range(4):
            for number in range(WORKERS):
                self.look(number)
            self.train(20)
            self.pass_time(2 * LIMIT)
        self.look(0)

        assert self._active() is None
        working = [trainer for trainer in self.trainers.alive() if not trainer.hangs]
        assert not working
        self.a_job_that_has_ended_stays_as_it_is_and_tells_the_truth()
        left = {path.name for path in self.store.folder.glob(f"{TEMPORARY_PREFIX}*")}
        assert not left - {LOCK_NAME}
        known = {
            compiled_path(self.settings.compiled_dir, self.store.get(v).card.weights_sha256)
            for v in self.store.versions()
        }
        assert set(self.settings.compiled_dir.glob("*")) <= known

    def _active(self) -> JobRecord | None:
        return jobs.active(self.database, task=TASK.name)

    def _has_claimed(self, trainer: Trainer) -> bool:
        return trainer.moment != "spawned"


TestLife = Life.TestCase
# The same examples every time: what a run finds must not hang on chance.
TestLife.settings = profile(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=examples(40),
    stateful_step_count=40,
)


class TestOnes:
    """What chance would meet too seldom."""

    def test_a_trainer_that_hangs_while_it_publishes_ends_in_time(self) -> None:
        life = Life()
        life.install()

        life.start(0, is_better=True, room=1)
        life.lose_one_that_publishes(2, hangs=True)

        life.teardown()

    def test_a_champion_that_was_chosen_meanwhile_is_not_replaced(self) -> None:
        life = Life()
        life.install()
        life.start(0, is_better=True, room=1)
        life.train(17)
        life.look(0)

        life.start(0, is_better=True, room=1)
        life.train(4)
        life.move_the_champion(0, choice=0, is_back=False)
        life.train(17)

        life.nobody_replaces_a_champion_that_was_not_compared_with()
        life.teardown()

    def test_of_two_trainers_of_one_job_one_works(self) -> None:
        life = Life()
        life.install()

        life.kill_the_server_while_it_starts_one(has_spawned=True, is_noticed=True)
        life.train(1)

        assert len(life.trainers.alive()) == 1
        life.teardown()
