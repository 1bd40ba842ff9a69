"""Fitting: the head on stored features of the frozen backbone, then the backbone's tail."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from api.arrays import Float32Array, IntArray
from api.evaluation.calibration import MIN_IMAGES
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.card import Epoch
from api.records.retrainings.job_states import JobPhase
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.data.batches import ImageBatches, balancing_weights
from api.training.data.dataset import Decoded
from api.training.fitting.progress import Progress
from api.training.loss import LabelLoss, accuracy, target_rows
from api.training.models.mobilenet import (
    FEATURES,
    LOGITS,
    feature_extractor,
    freeze_before,
    settle_statistics,
)
from api.training.models.style_mixing import with_mixed_styles
from api.training.sampling import rows_of, shares

logger = logging.getLogger(__name__)

INFERENCE_BATCH = 32
# Enough films that the statistics stand still.
SETTLING_BATCHES = 100


@dataclass(frozen=True, slots=True)
class FitCallbacks:
    """Who is told: of each batch, and of each finished epoch."""

    on_step: Callable[[Progress], None]
    on_epoch: Callable[[Epoch], None]


def fit_head(
    model: keras.Model,
    train: Decoded,
    validation: Decoded,
    spec: PreprocessingSpec,
    recipe: Recipe,
    task: Task,
    *,
    watcher: FitCallbacks,
) -> None:
    """Fit the last layer on pooled features, computed once per film.

    The layer learns in place; everything before it stays as it is.
    """
    if not recipe.head_epochs:
        return
    head = _head_only(model, recipe)
    extractor = feature_extractor(model)
    features = predict(extractor, train, spec, phase=JobPhase.FEATURES, watcher=watcher)
    checked = predict(extractor, validation, spec, phase=JobPhase.FEATURES, watcher=watcher)
    _compile(head, recipe, task, recipe.head_learning_rate, steps=0)
    weights = (
        shares(train, recipe.sampling, task) if recipe.sampling else balancing_weights(train.kinds)
    )
    known = target_rows(validation.targets, task.allowed)
    head.fit(
        features,
        rows_of(train, recipe, task),
        sample_weight=weights,
        validation_data=(checked, known) if len(checked) else None,
        batch_size=recipe.batch_size,
        epochs=recipe.head_epochs,
        callbacks=[_Reporter(JobPhase.HEAD, recipe.head_epochs, watcher)],
        verbose=0,
    )
    model.get_layer(LOGITS).set_weights(head.get_layer(LOGITS).get_weights())


def fit_tail(
    model: keras.Model,
    train: Decoded,
    validation: Decoded,
    spec: PreprocessingSpec,
    recipe: Recipe,
    task: Task,
    *,
    seed: int,
    watcher: FitCallbacks,
) -> None:
    """Fine-tune from the recipe's layer on; each epoch sees films in variants of their own."""
    if not recipe.tail_epochs:
        return
    stage = Stage(JobPhase.TAIL, recipe.tail_epochs, recipe.tail_learning_rate, seed + 1)
    images = ImageBatches(train, spec, recipe, task, seed=stage.seed)
    checked = (inputs_of(validation, spec), validation.targets)
    _fit_stage(model, images, checked, recipe, task, stage, watcher=watcher)


def fit_latent(
    tail: keras.Model,
    batches: keras.utils.PyDataset,
    checked: tuple[Float32Array, IntArray],
    recipe: Recipe,
    task: Task,
    *,
    seed: int,
    watcher: FitCallbacks,
) -> None:
    """Fine-tune the part of a network that learns, from batches of latent activations.

    Args:
        tail: what `mobilenet.trainable_tail` gave; learns in place.
        checked: latent activations and targets of validation films.
    """
    stage = Stage(JobPhase.TAIL, recipe.tail_epochs, recipe.tail_learning_rate, seed)
    _fit_stage(tail, batches, checked, recipe, task, stage, watcher=watcher)


@dataclass(frozen=True, slots=True)
class Stage:
    """A run of epochs with a learning rate that rises and falls once."""

    phase: JobPhase
    epochs: int
    learning_rate: float
    seed: int


def _fit_stage(
    model: keras.Model,
    batches: keras.utils.PyDataset,
    checked: tuple[Float32Array, IntArray],
    recipe: Recipe,
    task: Task,
    stage: Stage,
    *,
    watcher: FitCallbacks,
) -> None:
    """With `ema_momentum` the weights in the end are an exponential average over the steps (Polyak
    & Juditsky 1992), and `kept_change` takes them some way back to where they began. Where
    enough validation films show that it did harm (too few films for the recipe), the weights of
    before come back.
    """
    inputs, targets = checked[0], target_rows(checked[1], task.allowed)
    freeze_before(model, recipe.tail_from, batch_norm=recipe.batch_norm == "trained")
    learner = _learner(model, recipe, stage)
    _compile(learner, recipe, task, stage.learning_rate, steps=stage.epochs * len(batches))
    callbacks: list[keras.callbacks.Callback] = [_Reporter(stage.phase, stage.epochs, watcher)]
    if recipe.ema_momentum:
        # First in the list, so that the reporter sees the averaged weights' validation figures.
        callbacks.insert(0, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
    before = model.get_weights()
    loss_before = _validation_loss(learner, inputs, targets)
    learner.fit(
        batches,
        validation_data=(inputs, targets) if len(targets) else None,
        validation_batch_size=INFERENCE_BATCH,
        epochs=stage.epochs,
        callbacks=callbacks,
        verbose=0,
    )
    model.set_weights(between(before, model.get_weights(), recipe.kept_change))
    settle_statistics(model, (batches[i][0] for i in range(min(SETTLING_BATCHES, len(batches)))))
    if _validation_loss(learner, inputs, targets) > loss_before:
        logger.warning("fine-tuning raised the validation loss; its weights are not kept")
        model.set_weights(before)


def _learner(model: keras.Model, recipe: Recipe, stage: Stage) -> keras.Model:
    """What is fitted in a model's place, and shares its weights."""
    if not recipe.style_mixing:
        return model
    return with_mixed_styles(model, recipe.style_mixing, seed=stage.seed)


def between(
    before: Sequence[Float32Array], after: Sequence[Float32Array], share: float
) -> list[Float32Array]:
    """Weights on the line from one network to another: 0 is the first, 1 the second."""
    return [first + share * (last - first) for first, last in zip(before, after, strict=True)]


def _validation_loss(model: keras.Model, inputs: Float32Array, targets: Float32Array) -> float:
    """Of a compiled model; infinite where too few films would make it a matter of luck."""
    if len(targets) < MIN_IMAGES:
        return float("inf")
    results = model.evaluate(
        inputs, targets, batch_size=INFERENCE_BATCH, verbose=0, return_dict=True
    )
    return float(results["loss"])


def predict(
    model: keras.Model,
    data: Decoded,
    spec: PreprocessingSpec,
    *,
    phase: JobPhase,
    watcher: FitCallbacks | None = None,
) -> Float32Array:
    """The model's output for every film, without augmentation, (n, outputs) float32."""
    total = -(-len(data) // INFERENCE_BATCH)
    outputs = []
    # As one graph: layer by layer from Python takes twice the time.
    run = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True)
    for index in range(total):
        images = data.images[index * INFERENCE_BATCH : (index + 1) * INFERENCE_BATCH]
        batch = np.stack([spec.normalise(image) for image in images])
        outputs.append(run(batch).numpy())
        if watcher:
            watcher.on_step(Progress(phase, 1, 1, index + 1, total))
    return np.concatenate(outputs) if outputs else np.zeros((0, model.output_shape[-1]), np.float32)


def inputs_of(data: Decoded, spec: PreprocessingSpec) -> Float32Array:
    """All films as the network wants them, without augmentation."""
    if not len(data):
        return np.zeros((0, spec.height, spec.width, 1), dtype=np.float32)
    return np.stack([spec.normalise(image) for image in data.images])


class _Reporter(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self, phase: JobPhase, epochs: int, watcher: FitCallbacks) -> None:
        super().__init__()
        self._phase, self._epochs, self._watcher = phase, epochs, watcher
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        total = self.params["steps"] or batch + 1
        self._watcher.on_step(Progress(self._phase, self._epoch, self._epochs, batch + 1, total))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        results = logs or {}
        self._watcher.on_epoch(
            Epoch(
                phase=self._phase,
                epoch=epoch + 1,
                loss=results["loss"],
                accuracy=results["accuracy"],
                val_loss=results.get("val_loss"),
                val_accuracy=results.get("val_accuracy"),
            )
        )


def _head_only(model: keras.Model, recipe: Recipe) -> keras.Model:
    features = keras.Input(model.get_layer(FEATURES).output.shape[1:])
    logits = keras.layers.Dense(model.output_shape[-1], name=LOGITS)
    outputs = keras.layers.Softmax()(logits(keras.layers.Dropout(recipe.dropout)(features)))
    head = keras.Model(features, outputs)
    logits.set_weights(model.get_layer(LOGITS).get_weights())
    return head


def _momentum(momentum: float, steps: int) -> float:
    """What averages over a tenth of the steps at the most: the start must not count in the end."""
    return max(0.0, min(momentum, 1 - 10 / max(steps, 1)))


def _compile(
    model: keras.Model, recipe: Recipe, task: Task, learning_rate: float, *, steps: int
) -> None:
    """AdamW; with `steps` the learning rate warms up for a twentieth and falls along a cosine."""
    warmup = steps // 20
    rate = (
        keras.optimizers.schedules.CosineDecay(
            learning_rate / 10,
            max(steps - warmup, 1),
            alpha=0.2,
            warmup_target=learning_rate,
            warmup_steps=warmup,
        )
        if steps
        else learning_rate
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(
            rate,
            weight_decay=recipe.weight_decay,
            clipnorm=1.0,
            use_ema=bool(steps and recipe.ema_momentum),
            ema_momentum=_momentum(recipe.ema_momentum, steps),
        ),
        loss=LabelLoss(negative_index=task.negative_index, label_smoothing=recipe.label_smoothing),
        metrics=[accuracy],
        weighted_metrics=[],
    )
