"""A real retraining job in its own process: from a row and films to a judged checkpoint."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from api.decision.decide import DecisionPolicy
from api.files import sha256_of
from api.inputs.images.decoding import Limits
from api.jobs.trainer_process import explain
from api.records import jobs, sample_history, samples
from api.records.database import open_database
from api.records.job_states import JobState
from api.records.jobs import JobRecord
from api.registry.champion import Alias
from api.registry.holdout import read_holdout
from api.registry.manifest import deleted_since, read_manifest
from api.registry.store import (
    Store,
    compiled_path,
    holdout_path,
    reference_path,
    replay_path,
    verify_weights,
)
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.serving.engine import Engine as ServingEngine
from api.serving.predictor import ImagePredictor
from api.settings import Settings
from api.tasks.task import Task
from api.training import run
from api.training.data.replay_memory import load_memory
from api.training.pipelines.resource_errors import DISK_FULL
from tests.support import images
from tests.support.checkpoints import damage, run_python
from tests.support.locked_database import locked

PER_CLASS = 4


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings.models_dir / "pneumonia", settings.default_model, "pneumonia")


@pytest.fixture
def records(settings: Settings, task: Task) -> Engine:
    """A queued job and films of every class to learn from."""
    database = open_database(settings.records_url, timeout_s=10)
    collection = SampleCollection(
        task, settings.retrain_dir / "pneumonia", database, Limits(), ArchiveLimits(1, 1, 1)
    )
    for info in task.classes:
        for seed in range(PER_CLASS):
            content = images.png(200 + seed, info.finding)
            assert collection.add(content, filename="a.png", label=info.name).outcome == "stored"
    jobs.create(database, job_id="job", task="pneumonia", samples=collection.counts())
    return database


def ended(settings: Settings, records: Engine, *, first: str = "") -> JobRecord:
    """The job's row after its trainer ended by itself; the exit code is not asked for."""
    exit_code(settings, first=first)
    return jobs.get(records, "job", task="pneumonia")


def exit_code(settings: Settings, *, first: str = "", options: str = "") -> int:
    """What the trainer's process ends with; `first` is what happens in it before it begins.

    Args:
        options: further arguments of `run.main`, as they are written.
    """
    program = f"{first}\nfrom api.training import run; print(run.main(['--job', 'job'], {options}))"
    environment = {k: v for k, v in settings.as_environment().items() if k.startswith("ROENTGEN_")}
    return int(run_python("-c", program, environment=environment).split()[-1])


def no_file_beyond(size_bytes: int) -> str:
    """As on a disk that has no more room, to one process."""
    limits = f"({size_bytes}, resource.RLIM_INFINITY)"
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, {limits})"


def deleting(settings: Settings, number: int) -> str:
    """Images to learn from are deleted when the network has learned and its weights are saved."""
    return f"""
import sys
from api.records import samples
from api.records.database import open_database
from api.samples.curation import delete
from api.samples.open_collection import open_collection
from api.settings import from_environment
from api.tasks.task import load_task

at_work = []

def watch(event, arguments):
    # The weights are hashed as soon as they are saved.
    if event == "open" and ".tmp-job/model.h5" in str(arguments[0]) and not at_work:
        at_work.append(True)
        settings = from_environment()
        database = open_database(settings.records_url, timeout_s=30)
        collection = open_collection(settings, load_task(settings.task), database)
        learned = [r for r in samples.everything(database, task=settings.task) if r.part == "train"]
        for record in learned[:{number}]:
            delete(collection, record.sha256, remark="withdrawn")

sys.addaudithook(watch)
"""


class TestDeletingMeanwhile:
    def test_it_is_not_remembered_and_the_version_says_what_was_deleted_since(
        self, settings: Settings, records: Engine, store: Store
    ) -> None:
        job = ended(settings, records, first=deleting(settings, 3))

        assert job.state in {"promoted", "kept"}, job.reason
        checkpoint = store.get("v2")
        gone = sample_history.deleted(records, task="pneumonia")
        assert len(gone) == 3
        lines = read_manifest(checkpoint)
        assert lines is not None
        assert deleted_since(lines, gone) == sorted(gone)
        assert {line.sha256 for line in lines} >= {
            record.sha256 for record in samples.everything(records, task="pneumonia")
        }
        replay = checkpoint.card.replay
        assert replay is not None
        memory = load_memory(replay_path(checkpoint.weights), replay)
        assert not memory.hashes("train") & gone
        files = [path.name for path in settings.latents_dir.rglob("*.npy")]
        assert not [name for name in files if name.removesuffix(".npy") in gone]


class TestRetraining:
    def test_a_challenger_is_made_judged_and_kept_or_promoted(
        self, settings: Settings, records: Engine, store: Store, task: Task
    ) -> None:
        job = ended(settings, records)

        assert job.state in {"promoted", "kept"}, job.reason
        assert (job.parent, job.version, job.progress) == ("v1", "v2", 1.0)
        assert job.samples == dict.fromkeys(task.labels, PER_CLASS)
        assert {entry["phase"] for entry in job.history} == {"tail"}
        assert job.verdict is not None
        assert job.verdict.promoted == (job.state == "promoted")
        assert job.verdict.reason == job.reason

        checkpoint = store.get("v2")
        verify_weights(checkpoint)
        assert checkpoint.card.parent == "v1"
        known = store.get("v1").card.metrics["holdout"].overall.n
        holdout = checkpoint.card.metrics["holdout"]
        assert {name: part.n for name, part in holdout.per_source.items()} == {
            "films": known, "uploads": len(task.labels),
        }  # fmt: skip
        assert Alias(store.folder).current() == ("v2" if job.state == "promoted" else None)
        assert not list(store.folder.glob(".tmp-*"))

        rule = checkpoint.card.outliers
        assert rule is not None
        assert sha256_of(reference_path(checkpoint.weights)) == rule.reference_sha256
        path = compiled_path(settings.compiled_dir, checkpoint.card.weights_sha256)
        engine = ServingEngine(checkpoint, path, interpreters=1)
        engine.check()
        served = ImagePredictor(engine, Limits(), DecisionPolicy()).predict(images.png()).decision
        assert served.unlikeness is not None

        held_out = read_holdout(holdout_path(checkpoint.weights))
        before = read_holdout(holdout_path(store.get("v1").weights))
        assert len(held_out) == len(before) + len(task.labels)
        for record in samples.everything(records, task="pneumonia"):
            is_known = held_out.sha256 == np.frombuffer(bytes.fromhex(record.sha256), np.uint8)
            assert is_known.all(axis=1).any() == (record.part == "holdout")

        assert checkpoint.card.replay is not None
        memory = load_memory(replay_path(checkpoint.weights), checkpoint.card.replay)
        learned = {
            r.sha256 for r in samples.everything(records, task="pneumonia") if r.part == "train"
        }
        assert set(memory.splits["train"].sha256) & learned
        assert not set(memory.splits["holdout"].sha256) & learned
        kept = {path.stem for path in settings.latents_dir.rglob("*.npy")}
        assert kept == {record.sha256 for record in samples.everything(records, task="pneumonia")}

        splits = [record.part for record in samples.everything(records, task="pneumonia")]
        assert splits.count("holdout") == len(task.labels)
        assert splits.count("train") == len(task.labels) * (PER_CLASS - 1)

    def test_findings_of_unknown_kind_are_learned_from_judged_and_remembered(
        self, settings: Settings, records: Engine, store: Store, task: Task
    ) -> None:
        collection = SampleCollection(
            task, settings.retrain_dir / "pneumonia", records, Limits(), ArchiveLimits(1, 1, 1)
        )
        for seed in range(2 * PER_CLASS):
            content = images.png(300 + seed, "reticular")
            assert collection.add(content, filename="a.png", label="finding").outcome == "stored"

        job = ended(settings, records)

        assert job.state in {"promoted", "kept"}, job.reason
        card = store.get("v2").card
        assert card.data.counts["holdout"]["uploads"]["finding"] == 2
        uploads = card.metrics["holdout"].per_source["uploads"]
        # The kind is known of one film of each class.
        assert uploads.n == len(task.labels) + 2
        assert sum(figures.support for figures in uploads.per_class.values()) == len(task.labels)
        assert card.replay is not None
        assert card.replay.counts["train"]["uploads"]["finding"] > 0
        memory = load_memory(replay_path(store.get("v2").weights), card.replay)
        assert -1 in memory.splits["train"].targets

    def test_a_damaged_parent_ends_it_with_the_reason(
        self, settings: Settings, records: Engine, store: Store
    ) -> None:
        damage(settings.default_model)

        job = ended(settings, records)

        assert job.state == "failed"
        assert "not those its card describes" in (job.reason or "")
        assert store.versions() == ["v1"]

    @pytest.mark.parametrize("harm", [damage, Path.unlink], ids=["damaged", "missing"])
    def test_without_a_sound_memory_it_ends_with_the_reason(
        self, settings: Settings, records: Engine, store: Store, harm: Callable[[Path], None]
    ) -> None:
        harm(replay_path(settings.default_model))

        job = ended(settings, records)

        assert job.state == "failed"
        assert "replay memory" in (job.reason or "")
        assert store.versions() == ["v1"]

    def test_a_job_that_is_not_queued_is_left_alone(
        self, settings: Settings, records: Engine
    ) -> None:
        jobs.stop(records, "job", JobState.CANCELLED, reason="by request", task="pneumonia")
        before = jobs.get(records, "job", task="pneumonia")

        assert ended(settings, records) == replace(before)


class TestWhatTheMachineLacks:
    def test_a_full_disk_ends_it_with_the_reason_and_nothing_is_left(
        self, settings: Settings, records: Engine, store: Store
    ) -> None:
        before = set(settings.compiled_dir.iterdir())

        # Enough for the records and the activations, too little for the weights.
        job = ended(settings, records, first=no_file_beyond(4_000_000))

        assert (job.state, job.version, job.verdict) == ("failed", None, None)
        assert job.reason == DISK_FULL
        assert set(settings.compiled_dir.iterdir()) == before
        assert list(store.folder.iterdir()) == []

    def test_a_models_folder_that_cannot_be_written_is_found_out_before_the_training(
        self, settings: Settings, records: Engine
    ) -> None:
        # Not even root may make a folder there.
        job = ended(settings.model_copy(update={"models_dir": Path("/sys")}), records)

        assert job.state == "failed"
        assert "'pneumonia' could not be written" in (job.reason or "")
        assert job.history == []

    def test_records_that_stay_locked_are_told_by_the_exit_code(
        self, settings: Settings, records: Engine
    ) -> None:
        with locked(records):
            code = exit_code(settings, options="retry_timeout_s=0.2")

        assert code == run.NO_RECORDS
        assert "locked too long" in explain(code)
        assert jobs.get(records, "job", task="pneumonia").state == "queued"


class TestTheProgram:
    def test_it_needs_a_job(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            run.main([])

        assert "--job" in capsys.readouterr().err
