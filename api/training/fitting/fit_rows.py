"""Fitting a table's network on rows in memory."""

import keras
import numpy as np

from api.arrays import Float32Array
from api.model_card.card import Epoch
from api.records.retrainings.job_states import JobPhase
from api.tasks.table_task import TableRecipe
from api.training.data.table_rows import TableRows
from api.training.fitting.learner import FitCallbacks
from api.training.fitting.progress import Progress

# Each takes a millisecond: to tell of every one would take longer.
LOGGED_BATCHES = 50


def fit_rows(
    model: keras.Model,
    train: TableRows,
    validation: TableRows,
    recipe: TableRecipe,
    *,
    seed: int,
    watcher: FitCallbacks,
) -> None:
    """Fit with AdamW on cross-entropy, each class with the same weight in all; in place.

    The scaler does not learn: it is the one the network was built with. The learning rate falls
    along half a cosine (Loshchilov & Hutter 2017). What is fitted hangs on the seed alone.
    """
    keras.utils.set_random_seed(seed)
    classes = model.output_shape[-1]
    steps = -(-len(train) // recipe.batch_size) * recipe.epochs
    model.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps),
            weight_decay=recipe.weight_decay,
        ),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    # Variables that the first step would make have TensorFlow trace the whole step twice.
    model.optimizer.build(model.trainable_variables)
    counts = np.bincount(train.targets, minlength=classes)
    share = len(train) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    checked = (_inputs(validation), _one_hot(validation, classes)) if len(validation) else None
    model.fit(
        _inputs(train),
        _one_hot(train, classes),
        sample_weight=share[train.targets],
        validation_data=checked,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        callbacks=[_EpochReporter(recipe.epochs, watcher)],
        verbose=0,
    )


class _EpochReporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells of each epoch, and of some batches where there are many."""

    def __init__(self, epochs: int, watcher: FitCallbacks) -> None:
        super().__init__()
        self._epochs, self._watcher, self._epoch = epochs, watcher, 0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        total = self.params.get("steps") or 1
        if (batch + 1) % LOGGED_BATCHES == 0 or batch + 1 == total:
            step = Progress(JobPhase.TAIL, self._epoch, self._epochs, batch + 1, total)
            self._watcher.on_step(step)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        found = {name: float(value) for name, value in (logs or {}).items()}
        self._watcher.on_epoch(
            Epoch(
                phase="fit",
                epoch=epoch + 1,
                loss=found["loss"],
                accuracy=found["accuracy"],
                val_loss=found.get("val_loss"),
                val_accuracy=found.get("val_accuracy"),
            )
        )


def _inputs(rows: TableRows) -> Float32Array:
    return np.asarray(rows.values, dtype=np.float32)


def _one_hot(rows: TableRows, classes: int) -> Float32Array:
    return np.eye(classes, dtype=np.float32)[rows.targets]
