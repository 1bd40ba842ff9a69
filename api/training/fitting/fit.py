"""Fitting: the head on stored features of the frozen backbone, then the backbone's tail."""

import keras
import numpy as np
import tensorflow as tf

from api.arrays import Float32Array
from api.inputs.images.preprocessing import PreprocessingSpec
from api.records.retrainings.job_states import JobPhase
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.data.batches import ImageBatches, balancing_weights
from api.training.data.dataset import Decoded
from api.training.fitting.learner import (
    INFERENCE_BATCH,
    EpochReporter,
    FitCallbacks,
    Stage,
    compile_for,
    learner_of,
)
from api.training.fitting.progress import Progress
from api.training.loss import target_rows
from api.training.models.mobilenet import FEATURES, LOGITS, feature_extractor
from api.training.sampling import rows_of, shares


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
    compile_for(head, recipe, task, recipe.head_learning_rate, steps=0)
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
        callbacks=[EpochReporter(JobPhase.HEAD, recipe.head_epochs, watcher)],
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
    learner = learner_of(model, recipe, task, stage, steps_an_epoch=len(images))
    learner.fit(images, checked, watcher=watcher)


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


def _head_only(model: keras.Model, recipe: Recipe) -> keras.Model:
    features = keras.Input(model.get_layer(FEATURES).output.shape[1:])
    logits = keras.layers.Dense(model.output_shape[-1], name=LOGITS)
    outputs = keras.layers.Softmax()(logits(keras.layers.Dropout(recipe.dropout)(features)))
    head = keras.Model(features, outputs)
    logits.set_weights(model.get_layer(LOGITS).get_weights())
    return head
