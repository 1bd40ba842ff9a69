"""Training a task from folders of films: one straight line from files to a checkpoint."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from api.arrays import Float32Array
from api.clock import now
from api.decision.out_of_distribution import METHODS
from api.inputs.discovery import (
    LabelledImage,
    counts,
    find_images,
    manifest_digest,
    require_every_class,
)
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.card import Card, Data, Epoch, Replay, TrainingRecord
from api.model_card.metrics import CrossValidation
from api.registry.holdout import HoldoutHashes
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.assessment import golden
from api.training.assessment.assess import Assessment, assess
from api.training.assessment.int8_acceptance import Fp32Baseline, int8_form
from api.training.assessment.sites.unfamiliar_sites import features_of
from api.training.data.dataset import Decoded, decode_images, known_by_hash
from api.training.data.frozen_backbone import FrozenBackbone, compute_latents
from api.training.data.replay_memory import build_memory, record_of, select
from api.training.data.splits import HOLDOUT, SPLIT_RULE, TRAIN, VALIDATION, split
from api.training.fitting.fit import fit_head, fit_tail
from api.training.fitting.learner import FitCallbacks
from api.training.fitting.progress import Progress
from api.training.models import mobilenet
from api.training.pipelines import checkpoint
from api.training.pipelines.cross_validation import cross_validate

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What to train, from what, into which file; whether a class may be without films, and
    whether an int8 form is wanted beside it."""

    task: Task
    recipe: Recipe
    folders: tuple[Path, ...]
    base_weights: Path | None
    output: Path
    version: str
    seed: int
    command: str = ""
    allow_missing: bool = False
    int8: bool = True


def train(
    request: TrainingRequest,
    *,
    log: Log,
    on_decoded: Callable[[int, int], None],
    on_step: Callable[[Progress], None],
) -> Card:
    """Find, decode, split, fit, calibrate, evaluate, write. Returns the new checkpoint's card.

    Raises: InvalidDataset, MissingWeights, StorageFailed.
    """
    started = time.monotonic()
    keras.utils.set_random_seed(request.seed)
    task, recipe = request.task, request.recipe
    spec = PreprocessingSpec.model_validate(task.preprocessing)
    found = find_images(request.folders, task)
    require_every_class(found.images, task, allow_missing=request.allow_missing)
    model = mobilenet.build(
        spec,
        classes=len(task.labels),
        dropout=recipe.dropout,
        base_weights=request.base_weights,
    )
    images, unreadable = decode_images(found.images, task, spec, progress=on_decoded)
    require_every_class(images.labelled, task, allow_missing=request.allow_missing)
    splits = split_images(images, recipe, seed=request.seed)
    for name, members in splits.items():
        log(f"{name}: {len(members)} films, {counts(members.labelled)}")
    for reason, count in (found.skipped + unreadable).items():
        log(f"left out: {count} ({reason})")

    history: list[Epoch] = []

    def on_epoch(epoch: Epoch) -> None:
        history.append(epoch)
        log(line(epoch))

    watcher = FitCallbacks(on_step=on_step, on_epoch=on_epoch)
    fitted = splits[TRAIN], splits[VALIDATION]
    fit_head(model, *fitted, spec, recipe, task, watcher=watcher)
    fit_tail(model, *fitted, spec, recipe, task, seed=request.seed, watcher=watcher)
    skipped = found.skipped + unreadable
    checked = _cross_validated(request, images, spec, log=log) if recipe.folds else None
    return finish(
        request, model, spec, splits, history, skipped, started=started, log=log, checked=checked
    )


def _cross_validated(
    request: TrainingRequest, images: Decoded, spec: PreprocessingSpec, *, log: Log
) -> CrossValidation | None:
    found = cross_validate(
        images,
        request.task,
        request.recipe,
        spec,
        base_weights=request.base_weights,
        seed=request.seed,
        log=log,
    )
    if found:
        low, high = found.auroc_interval
        log(f"cross-validation: AUROC {found.auroc:.3f} ({low:.3f} to {high:.3f}) of {found.n}")
    return found


def split_images(images: Decoded, recipe: Recipe, *, seed: int) -> dict[str, Decoded]:
    """Hold-out, validation and train, as the recipe's fractions say."""
    fractions = {HOLDOUT: recipe.holdout_fraction, VALIDATION: recipe.validation_fraction}
    splits: dict[str, list[LabelledImage]] = split(images.labelled, fractions, seed=seed)
    return {name: images.subset(members) for name, members in splits.items()}


def finish(
    request: TrainingRequest,
    model: keras.Model,
    spec: PreprocessingSpec,
    splits: dict[str, Decoded],
    history: Sequence[Epoch],
    skipped: Counter[str],
    *,
    started: float,
    log: Log,
    checked: CrossValidation | None = None,
) -> Card:
    """Calibrate on validation, evaluate on the hold-out, write weights, reference and card."""
    task = request.task
    assessment = assess(model, splits, task, spec, log=log)
    log("remembering: films to retrain beside")
    replay, memory = remember(model, splits, task, spec, assessment)
    if request.int8:
        log("reducing: a form in int8, held against this one")
    smaller = (
        int8_form(model, splits, spec, fp32_baseline(assessment, task)) if request.int8 else None
    )
    request.output.parent.mkdir(parents=True, exist_ok=True)
    card = Card(
        task=task.name,
        version=request.version,
        parent=None,
        created_at=now().replace(microsecond=0),
        code_version=checkpoint.code_version(),
        classes=task.labels,
        negative_class=task.negative_class,
        preprocessing=spec,
        temperature=1.0,
        weights_sha256=checkpoint.save_weights(model, request.output),
        golden=golden.golden_outputs(lambda images: model(images, training=False), spec),
        statistics=checkpoint.reference_statistics(splits[TRAIN], task),
        data=Data(
            split_rule=SPLIT_RULE,
            counts={name: counts(members.labelled) for name, members in splits.items()},
            skipped=dict(skipped),
            manifest_sha256=manifest_digest(
                image for members in splits.values() for image in members.labelled
            ),
        ),
        replay=replay,
        cross_validation=checked,
        reduced=smaller[0] if smaller else None,
        training=TrainingRecord(
            backbone=mobilenet.BACKBONE,
            base_weights=request.base_weights.name if request.base_weights else "Keras ImageNet",
            recipe=request.recipe.model_dump(mode="json"),
            seed=request.seed,
            duration_s=round(time.monotonic() - started, 1),
            temperature=assessment.calibration.temperature,
            calibration_matrix=assessment.calibration.matrix,
            biases=assessment.calibration.biases,
            history=tuple(history),
            command=request.command,
        ),
        intended_use=task.intended_use,
        limits=task.limits,
        failure_modes=task.failure_modes,
        **assessment.fields,
    )
    checkpoint.CheckpointArtifacts(
        card=card,
        holdout=HoldoutHashes().with_images(known_by_hash(splits[HOLDOUT])),
        replay_memory=memory,
        reference=assessment.references_bytes,
        shift=assessment.shift_bytes,
        int8=smaller[1] if smaller else None,
    ).write(request.output)
    return card


def fp32_baseline(assessment: Assessment, task: Task) -> Fp32Baseline:
    """What the network gave, for its int8 form to be held against."""
    fields = assessment.fields
    return Fp32Baseline(
        assessment.predictions[HOLDOUT],
        fields["outliers"],
        assessment.references.ood if assessment.references else None,
        fields["heatmap"],
        task,
    )


def remember(
    model: keras.Model,
    splits: dict[str, Decoded],
    task: Task,
    spec: PreprocessingSpec,
    assessment: Assessment,
) -> tuple[Replay, bytes]:
    """The replay memory that retrainings of this network draw from: its record, its bytes."""
    first = task.retraining.tail_from
    backbone = FrozenBackbone(mobilenet.frozen_layers(model, first), spec)
    rule, references = assessment.fields["outliers"], assessment.references

    def distances(early: Float32Array) -> Float32Array:
        if rule is None or references is None:
            return np.zeros(len(early), dtype=np.float32)
        return METHODS[rule.method](references.ood, early)

    latents = {}
    for name, data in splits.items():
        kinds = list(zip(data.sources, data.targets.tolist(), strict=True))
        rows = select(name, kinds, [image.sha256 for image in data.labelled])
        chosen = data.subset(data.labelled[row] for row in rows)
        site = references.site if references else None
        latents[name] = compute_latents(
            backbone,
            chosen,
            distances,
            site.distances(features_of(chosen.images)) if site else None,
        )
    memory = build_memory(latents)
    content = memory.to_bytes()
    record = record_of(memory, content, task, first_trainable=first, frozen=backbone.digest)
    return record, content


def line(epoch: Epoch) -> str:
    """One epoch as a sentence for the terminal."""
    checked = (
        f", validation loss {epoch.val_loss:.4f} accuracy {epoch.val_accuracy:.4f}"
        if epoch.val_loss is not None and epoch.val_accuracy is not None
        else ""
    )
    return (
        f"{epoch.phase} {epoch.epoch}: loss {epoch.loss:.4f} accuracy {epoch.accuracy:.4f}{checked}"
    )
