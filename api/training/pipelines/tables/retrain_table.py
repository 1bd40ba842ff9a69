"""Retraining a table: from the champion and the collected rows to a judged challenger."""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
from sqlalchemy import Engine

from api.arrays import FloatArray
from api.errors import InvalidCheckpoint, NotEnoughSamples
from api.evaluation.gate.changed_answers import changed_rows
from api.evaluation.gate.class_gate import PairedRows, evaluate_class_gate
from api.evaluation.label_errors import find_label_errors
from api.inputs.discovery import counts, manifest_digest
from api.inputs.tabular.spec import TableSpec
from api.model_card.card import Data, TrainingRecord
from api.model_card.changed_answers import ChangedAnswers
from api.model_card.promotion_policy import GatePolicy, Verdict
from api.model_card.table_card import TableCard
from api.model_card.verdicts.label_issue import LabelIssue
from api.records.retrainings.job_states import JobOutcome, JobPhase
from api.records.training_images.sample_history import deleted
from api.records.training_images.samples import ever_known
from api.registry import changed_answers, manifest
from api.registry.holdout import HoldoutHashes, read_holdout
from api.registry.store import WEIGHTS_NAME, holdout_path, replay_path
from api.settings import Settings
from api.tasks.table_task import TableTask
from api.training.assessment.assess_rows import (
    RowAssessment,
    assess_rows,
    golden_rows,
    probabilities,
)
from api.training.compile import compile_table
from api.training.data.row_memory import RowMemory, load_row_memory
from api.training.data.sample_set import SPLIT_RULE, SampleSplits, read_samples
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.data.table_rows import TableRows, read_rows
from api.training.fitting.fit_rows import fit_rows
from api.training.fitting.learner import FitCallbacks
from api.training.fitting.progress_reporter import ProgressReporter
from api.training.models import mlp
from api.training.models.mobilenet import load
from api.training.pipelines import checkpoint
from api.training.pipelines.publish import publish, temporary_files_in
from api.training.pipelines.retraining_job import work_off
from api.training.pipelines.retraining_setup import RetrainingSetup
from api.training.pipelines.tables import table_cards

logger = logging.getLogger(__name__)

SEED = 0


@dataclass(frozen=True, slots=True)
class NewRows:
    """The samples of a retraining by split, what could not be read, and what the champion's
    lineage was measured on already."""

    samples: SampleSplits
    splits: Mapping[str, TableRows]
    skipped: Counter[str]
    held_out: HoldoutHashes

    @property
    def covered(self) -> int:
        """Held-out rows that the champion was never measured on."""
        return sum(own not in self.held_out.hashes for own in self.splits[HOLDOUT].sha256)

    @property
    def everything(self) -> TableRows:
        """All of them, whatever their split."""
        return self.splits[TRAIN].joined(self.splits[VALIDATION]).joined(self.splits[HOLDOUT])


def retrain_table(database: Engine, settings: Settings, job_id: str) -> JobOutcome | None:
    """Work a claimed job off; None if it was cancelled meanwhile.

    Raises: AppError with the reason when it cannot be done.
    """
    return work_off(database, settings, job_id, _work)


def _work(
    database: Engine,
    setup: RetrainingSetup,
    reporter: ProgressReporter,
    workspace: Path,
    *,
    started: float,
) -> JobOutcome | None:
    task, parent = setup.task, setup.parent.card
    assert isinstance(task, TableTask)
    assert isinstance(parent, TableCard)
    keras.utils.set_random_seed(SEED)
    reporter.phase(JobPhase.READING, parent=setup.parent.version)
    model = load(setup.parent.weights)
    memory = _memory(setup, parent, model).without(ever_known(database, task=task.name))
    new = _new_rows(database, setup, task, memory)
    found = Counter(task.label_of(int(target)) for target in new.everything.targets)
    reporter.phase(JobPhase.FEATURES, samples={label: found[label] for label in task.labels})

    # Before anything is learned the network still is the champion.
    judged = memory.splits[HOLDOUT].joined(new.splits[HOLDOUT])
    champion = probabilities(model, judged)
    splits = _joined(memory, new)
    recipe = task.retraining
    with temporary_files_in(workspace):
        fit_rows(
            model,
            splits[TRAIN],
            splits[VALIDATION],
            recipe,
            seed=SEED,
            watcher=FitCallbacks(on_step=reporter.step, on_epoch=reporter.epoch),
        )
    reporter.phase(JobPhase.EVALUATING)
    spec = parent.table.widened(new.splits[TRAIN].values)
    assessment = assess_rows(model, splits, task, spec)
    answers = champion, probabilities(model, judged)
    verdict = _verdict(model, memory, new, judged, answers, task)

    reporter.phase(JobPhase.COMPILING)
    record = TrainingRecord(
        backbone=parent.training.backbone,
        base_weights=parent.version,
        recipe=table_cards.recipe_of(recipe),
        seed=SEED,
        duration_s=round(time.monotonic() - started, 1),
        **table_cards.calibrated(assessment),
        history=tuple(reporter.history),
    )
    fitted = _Fitted(model, spec, assessment, record)
    grown = memory.with_training_rows(new.splits[TRAIN].without(deleted(database, task=task.name)))
    changes = changed_rows(
        PairedRows(judged.targets, *answers, task.labels),
        judged.sha256,
        judged.sources,
        remembered=len(memory.splits[HOLDOUT]),
    )
    card = _written(setup, parent, new, grown, fitted, changes, workspace / WEIGHTS_NAME)
    compiled = compile_table(model, card.golden)
    return publish(database, setup, reporter.job_id, workspace, card, compiled, verdict)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A network after its retraining, and what was found of it."""

    model: keras.Model
    spec: TableSpec
    assessment: RowAssessment
    record: TrainingRecord


def _written(
    setup: RetrainingSetup,
    parent: TableCard,
    new: NewRows,
    memory: RowMemory,
    fitted: _Fitted,
    changes: ChangedAnswers,
    weights: Path,
) -> TableCard:
    """Write the challenger's files into the workspace; returns its card. Raises: StorageFailed."""
    task, version = setup.task, setup.store.next_version()
    assert isinstance(task, TableTask)
    remembered = memory.to_bytes()
    card = table_cards.challenger(
        parent,
        fitted.spec,
        fitted.assessment,
        version=version,
        weights_sha256=checkpoint.save_weights(fitted.model, weights),
        golden=golden_rows(fitted.model, fitted.spec),
        data=_data(new),
        replay=memory.record(remembered, task, scaler_sha256=mlp.scaler_digest(fitted.model)),
        training=fitted.record,
    )
    lines = manifest.grown(
        manifest.read_manifest(setup.parent) or (), new.samples.by_split, version=version
    )
    held_out = [(sha256, b"") for sha256 in new.splits[HOLDOUT].sha256]
    checkpoint.CheckpointArtifacts(
        card=card,
        holdout=new.held_out.with_images(held_out),
        replay_memory=remembered,
        manifest=manifest.dumped(lines),
        changes=changed_answers.dumped(changes),
    ).write(weights)
    return card


def _joined(memory: RowMemory, new: NewRows) -> dict[str, TableRows]:
    """Remembered and new rows by split; what is learned from calibrates nothing."""
    known = {
        **memory.splits,
        VALIDATION: memory.splits[VALIDATION].without(set(new.splits[TRAIN].sha256)),
    }
    return {name: known[name].joined(new.splits[name]) for name in (TRAIN, VALIDATION, HOLDOUT)}


def _memory(setup: RetrainingSetup, parent: TableCard, model: keras.Model) -> RowMemory:
    """What the challenger inherits. Raises: InvalidCheckpoint."""
    record = parent.replay
    if record is None:
        raise InvalidCheckpoint(
            f"'{parent.version}' has no replay memory, so a retraining would forget what it knew. "
            "Promote a version that has one, or train it anew with `python -m api train`."
        )
    if record.frozen_sha256 != mlp.scaler_digest(model):
        raise InvalidCheckpoint(
            f"The scaler of '{parent.version}' is not the one its card describes; restore its "
            "files, or promote another version."
        )
    path = replay_path(setup.parent.weights)
    return load_row_memory(path, record, features=len(parent.table.features))


def _new_rows(
    database: Engine, setup: RetrainingSetup, task: TableTask, memory: RowMemory
) -> NewRows:
    """The sample set, frozen and read. Raises: NotEnoughSamples."""
    held_out = read_holdout(holdout_path(setup.parent.weights))
    samples = read_samples(
        database,
        setup.settings.retrain_dir / task.name,
        task,
        store=setup.samples,
        learned=memory.hashes(TRAIN, VALIDATION),
        held_out=held_out.hashes | memory.hashes(HOLDOUT),
    )
    read = {name: read_rows(samples.by_split[name], task) for name in samples.by_split}
    skipped = sum((missing for _, missing in read.values()), samples.left_alone)
    splits = {name: rows for name, (rows, _) in read.items()}
    if not len(splits[TRAIN]) or not len(splits[HOLDOUT]):
        raise NotEnoughSamples(
            f"{skipped.total()} rows are damaged or gone, and too few are left to learn from and "
            "to hold some out; upload them again, or others."
        )
    return NewRows(samples, splits, skipped, held_out)


def _verdict(
    model: keras.Model,
    memory: RowMemory,
    new: NewRows,
    judged: TableRows,
    answers: tuple[FloatArray, FloatArray],
    task: TableTask,
) -> Verdict:
    """The gate's; `answers` are the champion's and the challenger's to the rows `judged`."""
    remembered = len(memory.splits[HOLDOUT])

    def paired(rows: slice) -> PairedRows:
        return PairedRows(judged.targets[rows], answers[0][rows], answers[1][rows], task.labels)

    found, known = new.everything, memory.splits[TRAIN]
    issues = find_label_errors(
        mlp.scale(model, found.values),
        found.targets,
        mlp.scale(model, known.values),
        known.targets,
    )
    return evaluate_class_gate(
        paired(slice(0, remembered)),
        paired(slice(remembered, None)),
        issues,
        [
            LabelIssue(
                found.sha256[row], task.labels[found.targets[row]], task.labels[target], share
            )
            for row, (target, share) in zip(issues.rows, issues.expected, strict=True)
        ],
        new.covered,
        GatePolicy.model_validate(task.gate),
    )


def _data(new: NewRows) -> Data:
    by_split = new.samples.by_split
    return Data(
        split_rule=SPLIT_RULE.replace("images", "rows").replace("an image", "a row"),
        counts={name: counts(images) for name, images in by_split.items()},
        skipped=dict(new.skipped),
        manifest_sha256=manifest_digest(one for images in by_split.values() for one in images),
    )
