"""One run of epochs: a compiled network, its optimizer and what its callbacks tell."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras

from api.arrays import Float32Array, IntArray
from api.evaluation.calibration import MIN_IMAGES
from api.model_card.card import Epoch
from api.records.retrainings.job_states import JobPhase
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.fitting.progress import Progress
from api.training.loss import LabelLoss, accuracy, target_rows
from api.training.models.mobilenet import freeze_before, settle_statistics, trainable_tail
from api.training.models.style_mixing import with_mixed_styles

logger = logging.getLogger(__name__)

INFERENCE_BATCH = 32
# Enough films that the statistics stand still.
SETTLING_BATCHES = 100


@dataclass(frozen=True, slots=True)
class FitCallbacks:
    """Who is told: of each batch, and of each finished epoch."""

    on_step: Callable[[Progress], None]
    on_epoch: Callable[[Epoch], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A run of epochs with a learning rate that rises and falls once."""

    phase: JobPhase
    epochs: int
    learning_rate: float
    seed: int


@dataclass(frozen=True, slots=True)
class Learner:
    """A network, and what is fitted in its place: compiled, with the same weights.

    Its graph is traced by the first fit, which costs as much as some epochs of a few films; further
    fits use it again.
    """

    model: keras.Model
    fitted: keras.Model
    stage: Stage
    recipe: Recipe
    task: Task

    def fit(
        self,
        batches: keras.utils.PyDataset,
        checked: tuple[Float32Array, IntArray],
        *,
        watcher: FitCallbacks,
    ) -> None:
        """Learn in place, from the first step on.

        With `ema_momentum` the weights in the end are an exponential average over the steps (Polyak
        & Juditsky 1992), and `kept_change` takes them some way back to where they began. Where
        enough validation films show that it did harm (too few films for the recipe), the weights of
        before come back.

        Args:
            checked: what the network is given of validation films, and their targets.
        """
        recipe, model, stage = self.recipe, self.model, self.stage
        inputs, targets = checked[0], target_rows(checked[1], self.task.allowed)
        self._forget_steps()
        callbacks: list[keras.callbacks.Callback] = [
            EpochReporter(stage.phase, stage.epochs, watcher)
        ]
        if recipe.ema_momentum:
            # First in the list, so that the reporter sees the averaged weights' validation figures.
            callbacks.insert(0, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
        before = model.get_weights()
        loss_before = self._validation_loss(inputs, targets)
        self.fitted.fit(
            batches,
            validation_data=(inputs, targets) if len(targets) else None,
            validation_batch_size=INFERENCE_BATCH,
            epochs=stage.epochs,
            callbacks=callbacks,
            verbose=0,
        )
        model.set_weights(between(before, model.get_weights(), recipe.kept_change))
        settling = range(min(SETTLING_BATCHES, len(batches)))
        settle_statistics(model, (batches[i][0] for i in settling))
        if self._validation_loss(inputs, targets) > loss_before:
            logger.warning("fine-tuning raised the validation loss; its weights are not kept")
            model.set_weights(before)

    def _forget_steps(self) -> None:
        """The optimizer as it was before its first step: no moments, no averages, step 0."""
        for variable in self.fitted.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))

    def _validation_loss(self, inputs: Float32Array, targets: Float32Array) -> float:
        """Infinite where too few films would make it a matter of luck."""
        if len(targets) < MIN_IMAGES:
            return float("inf")
        results = self.fitted.evaluate(
            inputs, targets, batch_size=INFERENCE_BATCH, verbose=0, return_dict=True
        )
        return float(results["loss"])


def learner_of(
    model: keras.Model, recipe: Recipe, task: Task, stage: Stage, *, steps_an_epoch: int
) -> Learner:
    """A network made ready to learn from the recipe's layer on, once or several times.

    Args:
        steps_an_epoch: batches of the longest epoch.
    """
    freeze_before(model, recipe.tail_from, batch_norm=recipe.batch_norm == "trained")
    mixing = recipe.style_mixing
    fitted = with_mixed_styles(model, mixing, seed=stage.seed) if mixing else model
    compile_for(fitted, recipe, task, stage.learning_rate, steps=stage.epochs * steps_an_epoch)
    return Learner(model, fitted, stage, recipe, task)


def latent_learner(
    model: keras.Model, recipe: Recipe, task: Task, *, steps_an_epoch: int, seed: int
) -> Learner:
    """The part of a network that learns, made ready: for batches of latent activations.

    Args:
        steps_an_epoch: batches of the longest epoch.
    """
    tail = trainable_tail(model, recipe.tail_from)
    stage = Stage(JobPhase.TAIL, recipe.tail_epochs, recipe.tail_learning_rate, seed)
    return learner_of(tail, recipe, task, stage, steps_an_epoch=steps_an_epoch)


def between(
    before: Sequence[Float32Array], after: Sequence[Float32Array], share: float
) -> list[Float32Array]:
    """Weights on the line from one network to another: 0 is the first, 1 the second."""
    return [first + share * (last - first) for first, last in zip(before, after, strict=True)]


def _momentum(momentum: float, steps: int) -> float:
    """What averages over a tenth of the steps at the most: the start must not count in the end."""
    return max(0.0, min(momentum, 1 - 10 / max(steps, 1)))


def compile_for(
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
        metrics=[keras.metrics.MeanMetricWrapper(accuracy, name="accuracy")],
        weighted_metrics=[],
    )
    # Variables that the first step would make have TensorFlow trace the whole step twice.
    model.optimizer.build(model.trainable_variables)


class EpochReporter(keras.callbacks.Callback):  # type: ignore[misc]
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
