"""A real retraining job in its own process: from a row and films to a judged checkpoint."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.decision.decide import DecisionPolicy
from api.files import sha256_of
from api.inputs.images.decoding import Limits
from api.jobs.trainer_process import explain
from api.model_card.card import Card
from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_record import JobRecord
from api.records.retrainings.job_states import JobState
from api.records.training_images import sample_history, samples
from api.registry.champion import Alias
from api.registry.changed_answers import read_changes
from api.registry.holdout import read_holdout
from api.registry.manifest import deleted_since, read_manifest
from api.registry.store import (
    Checkpoint,
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
from api.training.data.replay_memory import ReplayMemory, load_memory
from api.training.resource_errors import DISK_FULL
from tests.conftest import settings_below
from tests.streamlit_app.gentle_trainer import write_gentle_task
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint, damage
from tests.support.locked_database import locked
from tests.support.warm_python import WarmPython

PER_CLASS, FINDINGS, DELETED = 4, 8, 3
# One film of each class, and two findings.
HELD_OUT_FINDINGS = 2


def store_of(settings: Settings) -> Store:
    return Store(settings.models_dir / "pneumonia", settings.default_model, "pneumonia")


def filled_records(settings: Settings, task: Task, *, findings: int = 0) -> Engine:
    """A queued job, films of every class to learn from, and some whose kind is not known."""
    database = open_database(settings.records_url, timeout_s=10)
    collection = SampleCollection(
        task, settings.retrain_dir / "pneumonia", database, Limits(), ArchiveLimits(1, 1, 1)
    )
    xrays = [
        (info.name, images.png(200 + seed, info.finding))
        for info in task.classes
        for seed in range(PER_CLASS)
    ]
    xrays += [("finding", images.png(300 + seed, "reticular")) for seed in range(findings)]
    for label, content in xrays:
        assert collection.add(content, filename="a.png", label=label).outcome == "stored"
    jobs.create(database, job_id="job", task="pneumonia", samples=collection.counts())
    return database


@pytest.fixture
def store(settings: Settings) -> Store:
    return store_of(settings)


@pytest.fixture
def records(settings: Settings, task: Task) -> Iterator[Engine]:
    database = filled_records(settings, task)
    yield database
    database.dispose()


def ended(python: WarmPython, settings: Settings, records: Engine, *, first: str = "") -> JobRecord:
    """The job's row after its trainer ended by itself; the exit code is not asked for."""
    exit_code(python, settings, first=first)
    return jobs.get(records, "job", task="pneumonia")


def exit_code(python: WarmPython, settings: Settings, *, first: str = "", options: str = "") -> int:
    """What the trainer's process ends with; `first` is what happens in it before it begins.

    Args:
        options: further arguments of `run.main`, as they are written.
    """
    # Where a process with TensorFlow has its temporary files was settled before it was forked.
    program = (
        f"import tempfile; tempfile.tempdir = None\n{first}\n"
        f"from api.training import run; print(run.main(['--job', 'job'], {options}))"
    )
    environment = {k: v for k, v in settings.as_environment().items() if k.startswith("ROENTGEN_")}
    temporary = temporary_of(settings)
    temporary.mkdir()
    environment["TMPDIR"] = str(temporary)
    return int(python.run(program, environment=environment).split()[-1])


def temporary_of(settings: Settings) -> Path:
    return settings.state_dir / "temporary"


def no_file_beyond(size_bytes: int) -> str:
    """As on a disk that has no more room, to one process."""
    limits = f"({size_bytes}, resource.RLIM_INFINITY)"
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, {limits})"


def learning_nothing(folder: Path) -> str:
    """A recipe without an epoch, where only what comes after it is of matter."""
    write_gentle_task(folder, epochs=0)
    move = f"task_files.FOLDER = Path({str(folder)!r})"
    return f"from pathlib import Path; from api.tasks import task_files; {move}"


def deleting(number: int) -> str:
    """Images to learn from are deleted when the network has learned and its weights are saved."""
    return f"""
import re, sys
from api.records.training_images import samples
from api.records.database import open_database
from api.samples.curation import delete
from api.samples.open_collection import open_collection
from api.settings import from_environment
from api.tasks.task_files import load_task

at_work = []

def watch(event, arguments):
    # The weights are hashed as soon as they are saved.
    saved = event == "open" and re.search("/.tmp-job-[0-9a-f]+/model.h5", str(arguments[0]))
    if saved and not at_work:
        at_work.append(True)
        settings = from_environment()
        database = open_database(settings.records_url, timeout_s=30)
        collection = open_collection(settings, load_task(settings.task), database)
        learned = [r for r in samples.everything(database, task=settings.task) if r.part == "train"]
        for record in learned[:{number}]:
            delete(collection, record.sha256, remark="withdrawn")

sys.addaudithook(watch)
"""


@dataclass(frozen=True, slots=True)
class Retraining:
    """One that learned from films of every class and from findings of unknown kind, and during
    which some of them were deleted."""

    settings: Settings
    records: Engine
    store: Store
    uploaded: frozenset[str]
    job: JobRecord

    @property
    def checkpoint(self) -> Checkpoint:
        return self.store.get("v2")

    @property
    def card(self) -> Card:
        return self.checkpoint.card

    @property
    def memory(self) -> ReplayMemory:
        assert self.card.replay is not None
        return load_memory(replay_path(self.checkpoint.weights), self.card.replay)

    @property
    def gone(self) -> set[str]:
        return sample_history.deleted(self.records, task="pneumonia")

    def left(self, *splits: str) -> set[str]:
        """The samples that are still there, of some splits or all."""
        return {
            record.sha256
            for record in samples.everything(self.records, task="pneumonia")
            if record.part in splits or not splits
        }


@pytest.fixture(scope="module")
def retraining(
    python: WarmPython, tiny: TinyCheckpoint, task: Task, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Retraining]:
    """By the task's own recipe, which takes its time: once for all that is asked of it."""
    folder = tmp_path_factory.mktemp("retraining")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny)
    records = filled_records(settings, task, findings=FINDINGS)
    uploaded = frozenset(record.sha256 for record in samples.everything(records, task="pneumonia"))

    job = ended(python, settings, records, first=deleting(DELETED))

    yield Retraining(settings, records, store_of(settings), uploaded, job)
    records.dispose()


class TestRetraining:
    def test_a_challenger_is_made_judged_and_kept_or_promoted(
        self, retraining: Retraining, task: Task
    ) -> None:
        job = retraining.job

        assert job.state in {"promoted", "kept"}, job.reason
        assert (job.parent, job.version, job.progress) == ("v1", "v2", 1.0)
        assert job.samples == dict.fromkeys(task.labels, PER_CLASS) | {"finding": FINDINGS}
        assert {entry["phase"] for entry in job.history} == {"tail"}
        assert job.verdict is not None
        assert job.verdict.promoted == (job.state == "promoted")
        assert job.verdict.reason == job.reason
        store = retraining.store
        assert Alias(store.folder).current() == ("v2" if job.state == "promoted" else None)
        assert not list(store.folder.glob(".tmp-*"))

    def test_whose_answer_it_changed_is_listed(self, retraining: Retraining) -> None:
        found = read_changes(retraining.checkpoint)

        assert found is not None
        held_out = read_holdout(holdout_path(retraining.checkpoint.weights)).hashes
        compared = held_out | retraining.memory.hashes("holdout")
        assert 0 < found.compared <= len(compared)
        assert len(found.listed) == sum(found.counts.values())
        assert {image.sha256 for image in found.listed} <= compared

    def test_its_files_serve(self, retraining: Retraining) -> None:
        checkpoint = retraining.checkpoint
        verify_weights(checkpoint)
        assert checkpoint.card.parent == "v1"
        folder = checkpoint.weights.parent
        assert not [path for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"]
        rule = checkpoint.card.outliers
        assert rule is not None
        assert sha256_of(reference_path(checkpoint.weights)) == rule.reference_sha256

        path = compiled_path(retraining.settings.compiled_dir, checkpoint.card.weights_sha256)
        engine = ServingEngine(checkpoint, path, interpreters=1)
        engine.check()
        served = ImagePredictor(engine, Limits(), DecisionPolicy()).predict(images.png()).decision
        assert served.unlikeness is not None

    def test_what_tensorflow_wrote_for_a_moment_is_gone(self, retraining: Retraining) -> None:
        """Its process ended at once, without what a program tidies up as it exits."""
        assert list(temporary_of(retraining.settings).iterdir()) == []

    def test_it_is_measured_on_its_parents_images_and_on_those_held_out(
        self, retraining: Retraining, task: Task
    ) -> None:
        number = len(task.labels) + HELD_OUT_FINDINGS
        parent = retraining.store.get("v1")
        held_out = read_holdout(holdout_path(retraining.checkpoint.weights))
        before = read_holdout(holdout_path(parent.weights))

        assert {
            name: part.n for name, part in retraining.card.metrics["holdout"].per_source.items()
        } == {"films": parent.card.metrics["holdout"].overall.n, "uploads": number}
        assert len(held_out) == len(before) + number
        assert held_out.hashes - before.hashes == retraining.left("holdout")
        assert len(retraining.left("holdout")) == number
        assert retraining.left("train") == (
            retraining.uploaded - retraining.left("holdout") - retraining.gone
        )

    def test_it_remembers_images_that_it_learned_from_and_none_that_judges_it(
        self, retraining: Retraining
    ) -> None:
        memory = retraining.memory

        assert memory.hashes("train") & retraining.left("train")
        assert not memory.hashes("holdout") & retraining.left("train")
        files = {path.stem for path in retraining.settings.latents_dir.rglob("*.npy")}
        assert files == retraining.left()

    def test_findings_of_unknown_kind_are_learned_from_judged_and_remembered(
        self, retraining: Retraining, task: Task
    ) -> None:
        card = retraining.card

        assert card.data.counts["holdout"]["uploads"]["finding"] == HELD_OUT_FINDINGS
        uploads = card.metrics["holdout"].per_source["uploads"]
        # The kind is known of one film of each class.
        assert uploads.n == len(task.labels) + HELD_OUT_FINDINGS
        assert sum(figures.support for figures in uploads.per_class.values()) == len(task.labels)
        assert card.replay is not None
        assert card.replay.counts["train"]["uploads"]["finding"] > 0
        assert -1 in retraining.memory.splits["train"].targets

    def test_what_is_deleted_meanwhile_is_not_remembered_and_the_version_says_so(
        self, retraining: Retraining
    ) -> None:
        gone = retraining.gone
        lines = read_manifest(retraining.checkpoint)

        assert len(gone) == DELETED
        assert lines is not None
        assert deleted_since(lines, gone) == sorted(gone)
        assert {line.sha256 for line in lines} >= retraining.uploaded
        assert not retraining.memory.hashes("train") & gone


class TestWhatCannotBeRetrained:
    def test_a_damaged_parent_ends_it_with_the_reason(
        self, python: WarmPython, settings: Settings, records: Engine, store: Store
    ) -> None:
        damage(settings.default_model)

        job = ended(python, settings, records)

        assert job.state == "failed"
        assert "not those its card describes" in (job.reason or "")
        assert store.versions() == ["v1"]

    @pytest.mark.parametrize("harm", [damage, Path.unlink], ids=["damaged", "missing"])
    def test_without_a_sound_memory_it_ends_with_the_reason(
        self,
        python: WarmPython,
        settings: Settings,
        records: Engine,
        store: Store,
        harm: Callable[[Path], None],
    ) -> None:
        harm(replay_path(settings.default_model))

        job = ended(python, settings, records)

        assert job.state == "failed"
        assert "replay memory" in (job.reason or "")
        assert store.versions() == ["v1"]

    def test_a_job_that_is_not_queued_is_left_alone(
        self, python: WarmPython, settings: Settings, records: Engine
    ) -> None:
        jobs.stop(records, "job", JobState.CANCELLED, reason="by request", task="pneumonia")
        before = jobs.get(records, "job", task="pneumonia")

        assert ended(python, settings, records) == replace(before)


class TestWhatTheMachineLacks:
    def test_a_full_disk_ends_it_with_the_reason_and_nothing_is_left(
        self,
        python: WarmPython,
        settings: Settings,
        records: Engine,
        store: Store,
        tmp_path: Path,
    ) -> None:
        before = set(settings.compiled_dir.iterdir())

        # Enough for the records and the activations, too little for the weights.
        job = ended(
            python,
            settings,
            records,
            first=f"{learning_nothing(tmp_path / 'tasks')}; {no_file_beyond(4_000_000)}",
        )

        assert (job.state, job.version, job.verdict) == ("failed", None, None)
        assert job.reason == DISK_FULL
        assert set(settings.compiled_dir.iterdir()) == before
        assert list(store.folder.iterdir()) == []

    def test_a_models_folder_that_cannot_be_written_is_found_out_before_the_training(
        self, python: WarmPython, settings: Settings, records: Engine
    ) -> None:
        # Not even root may make a folder there.
        job = ended(python, settings.model_copy(update={"models_dir": Path("/sys")}), records)

        assert job.state == "failed"
        assert "'pneumonia' could not be written" in (job.reason or "")
        assert job.history == []

    def test_records_that_stay_locked_are_told_by_the_exit_code(
        self, python: WarmPython, settings: Settings, records: Engine
    ) -> None:
        with locked(records):
            code = exit_code(python, settings, options="retry_timeout_s=0.2")

        assert code == run.NO_RECORDS
        assert "locked too long" in explain(code)
        assert jobs.get(records, "job", task="pneumonia").state == "queued"


class TestTheProgram:
    def test_it_needs_a_job(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            run.main([])

        assert "--job" in capsys.readouterr().err
