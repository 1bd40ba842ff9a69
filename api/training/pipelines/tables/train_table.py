"""Training a task of tables from CSV files: one straight line from files to a checkpoint."""

import time
from collections.abc import Callable, Mapping, Sequence

import keras

from api.errors import InvalidDataset
from api.inputs.discovery import (
    LabelledImage,
    counts,
    manifest_digest,
    require_every_class,
)
from api.inputs.tabular.spec import TableSpec
from api.model_card.card import Card, Data, Epoch, TrainingRecord
from api.registry.holdout import HoldoutHashes
from api.tasks.table_task import TableRecipe, TableTask
from api.training.assessment.assess_rows import assess_rows, golden_rows
from api.training.compile import compile_table
from api.training.data.row_memory import RowMemory
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION, split
from api.training.data.table_rows import FoundRows, TableRows, find_rows, rows_of
from api.training.fitting.fit_rows import fit_rows
from api.training.fitting.learner import FitCallbacks
from api.training.fitting.progress import Progress
from api.training.models import mlp
from api.training.pipelines import checkpoint
from api.training.pipelines.tables import table_cards
from api.training.pipelines.train import Log, TrainingRequest, line

SPLIT_RULE = (
    "by content: equal rows are on one side; drawn within each class by a hash of the row, so the "
    "same for every run with the same seed"
)
# Every so many epochs the terminal is told of one.
LOGGED_EPOCHS = 25


def train_table(
    request: TrainingRequest,
    *,
    log: Log,
    on_decoded: Callable[[int, int], None],
    on_step: Callable[[Progress], None],
) -> Card:
    """Read, split, fit, calibrate, evaluate, write. Returns the new checkpoint's card.

    Raises: InvalidDataset, StorageFailed.
    """
    started = time.monotonic()
    keras.utils.set_random_seed(request.seed)
    task, recipe = table_parts(request)
    found = find_rows(request.folders, task)
    require_every_class(found.labelled, task)
    on_decoded(len(found.labelled), len(found.labelled))
    fractions = {HOLDOUT: recipe.holdout_fraction, VALIDATION: recipe.validation_fraction}
    members = split(found.labelled, fractions, seed=request.seed)
    for name, images in members.items():
        log(f"{name}: {len(images)} rows, {counts(images)}")
        if not images:
            raise InvalidDataset(f"There are too few rows for the split '{name}'; add some.")
    for reason, count in found.skipped.items():
        log(f"left out: {count} ({reason})")
    splits = {name: rows_of(images, found.values, task) for name, images in members.items()}
    model = mlp.build(
        splits[TRAIN].values,
        classes=len(task.labels),
        hidden=recipe.hidden,
        dropout=recipe.dropout,
        name=task.name,
    )
    history = _fit(model, splits, request, log=log, on_step=on_step)
    spec = TableSpec.of(splits[TRAIN].values, task)
    assessment = assess_rows(model, splits, task, spec)
    memory = RowMemory.of(splits)
    remembered = memory.to_bytes()
    request.output.parent.mkdir(parents=True, exist_ok=True)
    record = TrainingRecord(
        backbone=mlp.network_words(model),
        base_weights="none",
        recipe=table_cards.recipe_of(recipe),
        seed=request.seed,
        duration_s=round(time.monotonic() - started, 1),
        **table_cards.calibrated(assessment),
        history=tuple(history),
        command=request.command,
    )
    card = table_cards.first(
        task,
        spec,
        assessment,
        version=request.version,
        weights_sha256=checkpoint.save_weights(model, request.output),
        golden=golden_rows(model, spec),
        data=_data(members, found),
        replay=memory.record(remembered, task, scaler_sha256=mlp.scaler_digest(model)),
        training=record,
    )
    held_out = [(sha256, b"") for sha256 in splits[HOLDOUT].sha256]
    checkpoint.CheckpointArtifacts(
        card=card,
        holdout=HoldoutHashes().with_images(held_out),
        replay_memory=remembered,
        compiled=compile_table(model, card.golden),
    ).write(request.output)
    return card


def _data(members: Mapping[str, Sequence[LabelledImage]], found: FoundRows) -> Data:
    return Data(
        split_rule=SPLIT_RULE,
        counts={name: counts(images) for name, images in members.items()},
        skipped=dict(found.skipped),
        manifest_sha256=manifest_digest(one for images in members.values() for one in images),
    )


def table_parts(request: TrainingRequest) -> tuple[TableTask, TableRecipe]:
    """Task and recipe of a request as those of a table."""
    assert isinstance(request.task, TableTask)
    assert isinstance(request.recipe, TableRecipe)
    return request.task, request.recipe


def _fit(
    model: keras.Model,
    splits: Mapping[str, TableRows],
    request: TrainingRequest,
    *,
    log: Log,
    on_step: Callable[[Progress], None],
) -> Sequence[Epoch]:
    """Fit in place; returns the training trace."""
    _, recipe = table_parts(request)
    history: list[Epoch] = []

    def on_epoch(epoch: Epoch) -> None:
        history.append(epoch)
        if epoch.epoch % LOGGED_EPOCHS == 0 or epoch.epoch == recipe.epochs:
            log(line(epoch))

    watcher = FitCallbacks(on_step=on_step, on_epoch=on_epoch)
    fit_rows(model, splits[TRAIN], splits[VALIDATION], recipe, seed=request.seed, watcher=watcher)
    return history
