"""Fine-tuning: the network learns new films beside remembered ones, in one piece or in folds."""

from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np

from api.arrays import Float32Array, IntArray
from api.inputs.discovery import LabelledImage
from api.model_card.card import Epoch
from api.model_card.sites.site_profile import missing_images
from api.tasks.recipe import FoldFits, Recipe
from api.tasks.task import Task
from api.training.assessment.assess_retrained import NewImages, Parent
from api.training.assessment.sites.corrected_kinds import correct_kinds
from api.training.assessment.sites.fitted_network import FittedNetwork, Fold, mean_weights
from api.training.assessment.weight_share import keep_share, share_points
from api.training.data.latent_batches import LatentBatches
from api.training.data.sample_set import SOURCE as NO_SITE
from api.training.data.splits import TRAIN, VALIDATION, folds
from api.training.data.trainable_tail import TrainableTail
from api.training.fitting.learner import FitCallbacks, Learner, latent_learner
from api.training.fitting.progress import Progress
from api.training.loss import EPSILON, target_rows
from api.training.models.mobilenet import PROBABILITIES

SEED = 0


def fit(
    model: keras.Model,
    new: NewImages,
    parent: Parent,
    task: Task,
    recipe: Recipe,
    watcher: FitCallbacks,
    *,
    remembered_an_epoch: int | None = None,
    learner: Learner | None = None,
) -> FittedNetwork:
    """Fine-tune on new films and remembered ones; the network learns in place.

    How much of the change is kept, validation films decide (`weight_share`).

    Of the remembered films it is taught what is true, and as much again what its parent said
    (distillation; Li & Hoiem 2018): where classes cannot be told apart, the parent knows how often.

    Args:
        remembered_an_epoch: so many of the remembered films, drawn anew each epoch; None: all,
            and after each epoch, and in the end, validation films are asked.
        learner: of this network and recipe, where several fits share one.
    """
    remembered, before = parent.memory.splits[TRAIN], model.get_weights()
    parent_says = TrainableTail(model, recipe.tail_from, until=PROBABILITIES)(remembered)
    batches = LatentBatches(
        new.store,
        new.images[TRAIN],
        remembered,
        task,
        taught=taught(remembered.targets, parent_says, task, distillation=recipe.distillation),
        batch_size=recipe.batch_size,
        seed=SEED,
        remembered_an_epoch=remembered_an_epoch,
    )
    if remembered_an_epoch is None:
        checked = parent.memory.splits[VALIDATION].joined(new.latents(VALIDATION))
    else:
        checked = remembered.take([])
    learner = learner or latent_learner(model, recipe, task, steps_an_epoch=len(batches), seed=SEED)
    learner.fit(batches, (checked.activations.astype(np.float32), checked.targets), watcher=watcher)
    return with_share(
        FittedNetwork(before, model.get_weights(), recipe.kept_change),
        model,
        new,
        parent,
        task,
        recipe,
    )


def with_share(
    fitted: FittedNetwork,
    model: keras.Model,
    new: NewImages,
    parent: Parent,
    task: Task,
    recipe: Recipe,
) -> FittedNetwork:
    """The share of the change that a version for everybody keeps; the network is moved there."""
    if recipe.max_forgotten is None:
        return fitted
    line = replace(fitted, points=share_points(model, fitted, new, parent, task))
    chosen = keep_share(model, line, max_forgotten=recipe.max_forgotten)
    correct_kinds(model, new, parent)
    return replace(line, share=chosen.share) if chosen else line


def sites_with_enough(images: Sequence[LabelledImage], task: Task) -> list[str]:
    """Those with films enough for a profile among films that are not held out, in order."""
    own: dict[str, list[bool]] = {}
    for image in images:
        own.setdefault(image.source, []).append(image.label == task.negative_class)
    return sorted(
        site
        for site, healthy in own.items()
        if site != NO_SITE and not missing_images(sum(healthy), len(healthy) - sum(healthy))
    )


def fit_in_folds(
    model: keras.Model,
    new: NewImages,
    parent: Parent,
    task: Task,
    recipe: Recipe,
    watcher: FitCallbacks,
) -> FittedNetwork:
    """As `fit`, once for each fold on the other films; the network gets the mean of the weights.

    The fits begin with the same weights and differ by their films and by chance alone, so their
    mean is a network too, which forgets less and hangs less on luck than any of them.
    """
    options, images = recipe.fold_fits or FoldFits(), new.images[TRAIN]
    before = model.get_weights()
    dealt = folds(images, options.folds, seed=SEED)
    # The same length and rates for all, so that they share one graph.
    most = len(images) - min(map(len, dealt))
    steps = -(-(most + _drawn(most, options, parent)) // recipe.batch_size)
    short = recipe.model_copy(
        update={
            "tail_epochs": max(1, min(options.epochs, options.max_steps // steps)),
            "tail_learning_rate": options.learning_rate,
            "max_forgotten": None,
            "kept_change": 1.0,
        }
    )
    learner = latent_learner(model, short, task, steps_an_epoch=steps, seed=SEED)
    made: list[Fold] = []
    for number, held in enumerate(dealt):
        left_out = {image.sha256 for image in held}
        rest = [image for image in images if image.sha256 not in left_out]
        model.set_weights(before)
        found = fit(
            model,
            NewImages({TRAIN: rest}, new.store, task),
            parent,
            task,
            short,
            _in_all(watcher, number, options.folds, short.tail_epochs),
            remembered_an_epoch=_drawn(len(rest), options, parent),
            learner=learner,
        )
        made.append(Fold(held, rest, found.after))
    after = mean_weights([fold.weights for fold in made])
    model.set_weights(after)
    fitted = FittedNetwork(before, after, recipe.kept_change, tuple(made))
    return with_share(fitted, model, new, parent, task, recipe)


def _drawn(images: int, options: FoldFits, parent: Parent) -> int:
    """How many remembered films an epoch sees beside so many new ones."""
    return min(round(options.replay_ratio * images), len(parent.memory.splits[TRAIN]))


def _in_all(watcher: FitCallbacks, number: int, count: int, epochs: int) -> FitCallbacks:
    """Tells of one fit's epochs as of those of all fits."""

    def on_step(step: Progress) -> None:
        epoch = step.epoch + number * epochs
        watcher.on_step(replace(step, epoch=epoch, epochs=epochs * count))

    def on_epoch(epoch: Epoch) -> None:
        watcher.on_epoch(epoch.model_copy(update={"epoch": epoch.epoch + number * epochs}))

    return FitCallbacks(on_step, on_epoch)


def taught(
    targets: IntArray, parent_says: Float32Array, task: Task, *, distillation: float
) -> Float32Array:
    """What remembered films are taught as, (n, classes): the truth with a share of an answer.

    Where a label allows several classes, the truth is divided among them as in the answer.

    Args:
        targets: (n,) as `Task.target_of` numbers labels.
        parent_says: (n, classes) probabilities that the parent gave.
    """
    allowed = target_rows(targets, task.allowed)[:, :-1]
    # Nearly even where the parent was sure of another class.
    likely = allowed * (parent_says + EPSILON)
    truth = likely / likely.sum(axis=1, keepdims=True)
    return np.asarray(truth + distillation * (parent_says - truth), dtype=np.float32)
