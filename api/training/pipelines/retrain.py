"""Retraining: from the champion and the collected samples to a judged challenger."""

import logging
import time
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sqlalchemy import Engine

from api.errors import InvalidCheckpoint, NotEnoughSamples
from api.files import write_atomic
from api.model_card.card import write_card
from api.records.sample_lock import lock_folder
from api.records.samples import deleted, ever_known
from api.registry import manifest
from api.registry.holdout import read_held_out
from api.registry.store import (
    CARD_NAME,
    HELD_OUT_NAME,
    REFERENCE_NAME,
    REPLAY_NAME,
    WEIGHTS_NAME,
    held_out_path,
)
from api.settings import Settings
from api.tasks.task import Recipe, Task
from api.training.assessment.assess_retrained import NewFilms, Parent, Tail, reappraise
from api.training.assessment.comparison import Examiner
from api.training.compile import compile_model
from api.training.data.latent_cache import Front, LatentFilms, LatentStore
from api.training.data.replay_memory import Memory, chosen, record_of
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION, Samples, read_samples
from api.training.fitting.fit import Watcher, fit_latent
from api.training.fitting.progress import Step
from api.training.fitting.progress_reporter import Ended, Reporter
from api.training.fitting.throttle import courtesy_to_servers
from api.training.loss import EPSILON, FloatArray, IntArray, target_rows
from api.training.models import mobilenet
from api.training.models.mobilenet import PROBABILITIES
from api.training.pipelines import checkpoint
from api.training.pipelines.challenger_card import Making, card_of, first_card, parent_of
from api.training.pipelines.publish import Ending, Setup, prepare, publish, temporary_files_in

logger = logging.getLogger(__name__)

SEED = 0


def retrain(database: Engine, settings: Settings, job_id: str) -> Ending | None:
    """Work a claimed job off; None if it was cancelled meanwhile.

    Raises: AppError with the reason when it cannot be done.
    """
    started = time.monotonic()
    tf.config.threading.set_intra_op_parallelism_threads(settings.trainer_threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    try:
        courtesy = courtesy_to_servers(database, bound_ms=settings.retrain_pause_p99_ms)
        setup = prepare(settings)
        # Made first: where it cannot be written, nobody need wait for the training to learn of it.
        with (
            Reporter(database, job_id, courtesy) as reporter,
            setup.store.workspace(job_id) as workspace,
            temporary_files_in(workspace),
        ):
            return _work(database, setup, reporter, workspace, started=started)
    except Ended:
        return None


def _work(
    database: Engine, setup: Setup, reporter: Reporter, workspace: Path, *, started: float
) -> Ending | None:
    task = setup.task
    keras.utils.set_random_seed(SEED)
    reporter.phase("reading", parent=setup.parent.version)
    model = mobilenet.load(setup.parent.weights)
    parent = parent_of(setup.parent, model, ever_known(database))
    held_out = read_held_out(held_out_path(setup.parent.weights))
    samples = read_samples(
        database,
        setup.settings.retrain_dir / task.name,
        task,
        learned=parent.memory.hashes(TRAIN, VALIDATION),
        held_out=held_out.hashes | parent.memory.hashes(HOLDOUT),
    )
    recipe = task.retraining.model_copy(update={"tail_from": parent.replay.first_trainable})
    store = LatentStore(
        setup.settings.latents_dir / task.name,
        Front(mobilenet.front_of(model, recipe.tail_from), setup.spec),
        recipe.augmentation,
        recipe.variants,
        lock_folder(database, otherwise=setup.settings.retrain_dir),
    )
    if store.front.digest != parent.replay.frozen_sha256:
        raise InvalidCheckpoint(
            f"The replay memory of '{setup.parent.version}' is of another network; restore its "
            "files, or promote another version."
        )
    new, skipped = computed(samples, store, task, reporter)
    reporter.phase("features", samples=_per_label(new, task))

    # Before anything is learned the network still is the champion.
    examiner = Examiner(model, parent, new, task, judged_before=held_out.hashes)
    fit(model, new, parent, task, recipe, reporter)
    reporter.phase("evaluating")
    appraisal = reappraise(model, new, parent, task)
    verdict = examiner.judge(appraisal)

    reporter.phase("compiling")
    version = setup.store.next_version()
    weights_sha256 = checkpoint.save_weights(model, workspace / WEIGHTS_NAME)
    if appraisal.reference_bytes:
        write_atomic(workspace / REFERENCE_NAME, appraisal.reference_bytes)
    write_atomic(workspace / HELD_OUT_NAME, held_out.with_films(samples.held_out_hashes).dumped())
    memory = _grown(parent, new.without(deleted(database)))
    remembered = memory.dumped()
    write_atomic(workspace / REPLAY_NAME, remembered)
    making = Making(
        version=version,
        weights_sha256=weights_sha256,
        replay=record_of(
            memory,
            remembered,
            task,
            first_trainable=recipe.tail_from,
            frozen=store.front.digest,
        ),
        recipe=recipe,
        seed=SEED,
        history=tuple(reporter.history),
        duration_s=time.monotonic() - started,
        skipped=skipped,
    )
    lines = manifest.grown(manifest.read_manifest(setup.parent) or (), new.films, version=version)
    write_atomic(workspace / manifest.MANIFEST_NAME, manifest.dumped(lines))
    first = first_card(setup.parent, setup.store)
    card = card_of(parent.card, first, model, samples, new, appraisal, making)
    write_card(workspace / CARD_NAME, card)
    compiled = compile_model(model, setup.spec)
    return publish(database, setup, reporter.job_id, workspace, card, compiled, verdict)


def computed(
    samples: Samples, store: LatentStore, task: Task, reporter: Reporter
) -> tuple[NewFilms, Counter[str]]:
    """The activations of all samples, new or kept; without those that cannot be read any more.

    Also how many were left out, by reason.

    Raises: NotEnoughSamples if none to learn from or none held out is left, StorageFailed.
    """
    store.prune(set(samples.records))
    total = sum(len(films) for films in samples.sides.values())
    sides, skipped, before = {}, Counter[str](), 0
    for side, films in samples.sides.items():

        def on_done(done: int, before: int = before) -> None:
            reporter.step(Step("features", 1, 1, before + done, total))

        sides[side], missing = store.fill(films, variants=side == TRAIN, on_done=on_done)
        skipped += missing
        before += len(films)
    if not sides[TRAIN] or not sides[HOLDOUT]:
        raise NotEnoughSamples(
            f"{skipped.total()} of {total} films are damaged or gone, and too few are left to "
            "learn from and to hold some out; upload them again, or others."
        )
    return NewFilms(sides, store, task), skipped + samples.left_alone


def fit(
    model: keras.Model,
    new: NewFilms,
    parent: Parent,
    task: Task,
    recipe: Recipe,
    reporter: Reporter,
) -> None:
    """Fine-tune on new films and remembered ones; the network learns in place.

    Of the remembered films it is taught what is true, and as much again what its parent said
    (distillation; Li & Hoiem 2018): where classes cannot be told apart, the parent knows how often.
    """
    remembered = parent.memory.parts[TRAIN]
    said = Tail(model, recipe.tail_from, until=PROBABILITIES)(remembered)
    batches = LatentFilms(
        new.store,
        new.films[TRAIN],
        remembered,
        task,
        taught=taught(remembered.targets, said, task, distillation=recipe.distillation),
        batch_size=recipe.batch_size,
        seed=SEED,
    )
    checked = parent.memory.parts[VALIDATION].joined(new.latents(VALIDATION))
    fit_latent(
        mobilenet.tail_of(model, recipe.tail_from),
        batches,
        (checked.activations.astype(np.float32), checked.targets),
        recipe,
        task,
        seed=SEED,
        watcher=Watcher(on_step=reporter.step, on_epoch=reporter.epoch),
    )


def taught(targets: IntArray, said: FloatArray, task: Task, *, distillation: float) -> FloatArray:
    """What remembered films are taught as, (n, classes): the truth with a share of an answer.

    Where a label allows several classes, the truth is divided among them as in the answer.

    Args:
        targets: (n,) as `Task.target_of` numbers labels.
        said: (n, classes) probabilities that the parent gave.
    """
    allowed = target_rows(targets, task.allowed)[:, :-1]
    # Nearly even where the parent was sure of another class.
    likely = allowed * (said + EPSILON)
    truth = likely / likely.sum(axis=1, keepdims=True)
    return np.asarray(truth + distillation * (said - truth), dtype=np.float32)


def _grown(parent: Parent, new: NewFilms) -> Memory:
    """What the challenger remembers: its parent's memory, and some of the new films."""
    films = new.films[TRAIN]
    kinds = [(film.source, new.task.target_of(film.label)) for film in films]
    rows = chosen(TRAIN, kinds, [film.sha256 for film in films])
    return parent.memory.with_training_films(new.only(TRAIN, rows).latents(TRAIN))


def _per_label(new: NewFilms, task: Task) -> dict[str, int]:
    found = Counter(film.label for films in new.films.values() for film in films)
    return {
        label: found[label] for label in task.known_labels if label in task.labels or found[label]
    }
