"""Retraining: from the champion and the collected samples to a judged challenger."""

import logging
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import tensorflow as tf
from sqlalchemy import Engine

from api.errors import InvalidCheckpoint, NotEnoughSamples
from api.records.retrainings.job_states import JobOutcome, JobPhase
from api.records.training_images.sample_history import deleted
from api.records.training_images.sample_lock import lock_place
from api.records.training_images.samples import ever_known
from api.registry.holdout import HoldoutHashes, read_holdout
from api.registry.sites.site_names import ONE_SITE
from api.registry.store import holdout_path
from api.settings import Settings
from api.storage.places import shared_store
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.training.assessment.assess_retrained import (
    NewImages,
    Parent,
    assess_retrained,
)
from api.training.assessment.comparison import GateComparison
from api.training.assessment.sites.cross_fit import label_aurocs
from api.training.data.frozen_backbone import FrozenBackbone
from api.training.data.latent_cache import LatentCache
from api.training.data.replay_memory import ReplayMemory, select
from api.training.data.sample_set import SampleSplits, read_samples
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.fitting.learner import FitCallbacks
from api.training.fitting.progress import Progress
from api.training.fitting.progress_reporter import ProgressReporter
from api.training.models import mobilenet
from api.training.pipelines.challenger import Challenger, Retrained
from api.training.pipelines.challenger_card import load_parent
from api.training.pipelines.fine_tune import SEED, fit, fit_in_folds, sites_with_enough
from api.training.pipelines.publish import (
    publish,
    temporary_files_in,
)
from api.training.pipelines.retraining_job import work_off
from api.training.pipelines.retraining_setup import RetrainingSetup
from api.training.pipelines.sites.site_candidate import (
    Candidate,
    Candidates,
    for_sites,
)
from api.training.pipelines.sites.site_versions import (
    learned_before,
    open_profiles,
    open_site_versions,
)
from api.training.pipelines.sites.unnamed_images import with_advice

logger = logging.getLogger(__name__)


def retrain(database: Engine, settings: Settings, job_id: str) -> JobOutcome | None:
    """Work a claimed job off; None if it was cancelled meanwhile.

    Raises: AppError with the reason when it cannot be done.
    """
    tf.config.threading.set_intra_op_parallelism_threads(settings.trainer_threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return work_off(database, settings, job_id, _work)


def _work(
    database: Engine,
    setup: RetrainingSetup,
    reporter: ProgressReporter,
    workspace: Path,
    *,
    started: float,
) -> JobOutcome | None:
    with temporary_files_in(workspace):
        made = _challenger(database, setup, reporter, workspace, started=started)
    return publish(
        database,
        setup,
        reporter.job_id,
        workspace,
        made.version.card,
        made.version.compiled,
        made.verdict,
        fits=made.fits,
        beside=made.beside,
    )


def _challenger(
    database: Engine,
    setup: RetrainingSetup,
    reporter: ProgressReporter,
    workspace: Path,
    *,
    started: float,
) -> Challenger:
    keras.utils.set_random_seed(SEED)
    reporter.phase(JobPhase.READING, parent=setup.parent.version)
    known = _retraining_input(database, setup)
    new, skipped = computed(known.samples, known.store, setup.task, reporter)
    reporter.phase(JobPhase.FEATURES, samples=_per_label(new, setup.task))
    # Before anything is learned the network still is the champion.
    comparison = _comparison(known, setup, new)
    found = _learned(known, comparison, setup, new, reporter)
    reporter.phase(JobPhase.COMPILING)
    parent = known.parent
    retrained = Retrained(
        setup=setup,
        parent=parent,
        samples=known.samples,
        new=new,
        comparison=comparison,
        held_out=known.held_out,
        memory=lambda: _grown(parent, new.without(deleted(database, task=setup.task.name))),
        frozen=known.store.backbone.digest,
        recipe=known.recipe,
        history=tuple(reporter.history),
        skipped=skipped,
        started=started,
    )
    return retrained.write_all(known.model, found, workspace)


@dataclass(frozen=True, slots=True)
class _RetrainingInput:
    """What a retraining has in hand before a film is read.

    Attributes:
        model: the champion's network, which learns in place.
        held_out: hashes of films that the champion's lineage was measured on.
        in_folds: whether new films are learned in folds, none of them kept to validate on.
    """

    model: keras.Model
    parent: Parent
    held_out: HoldoutHashes
    samples: SampleSplits
    recipe: Recipe
    store: LatentCache
    in_folds: bool


def _retraining_input(database: Engine, setup: RetrainingSetup) -> _RetrainingInput:
    """Raises: InvalidCheckpoint, NotEnoughSamples, StorageFailed."""
    task = setup.task
    model = mobilenet.load(setup.parent.weights)
    parent = load_parent(
        setup.parent,
        model,
        ever_known(database, task=task.name),
        negative_index=task.negative_index,
    )
    held_out = read_holdout(holdout_path(setup.parent.weights))
    samples = read_samples(
        database,
        setup.settings.retrain_dir / task.name,
        task,
        store=setup.samples,
        learned=parent.memory.hashes(TRAIN, VALIDATION),
        held_out=held_out.hashes | parent.memory.hashes(HOLDOUT),
    )
    if setup.is_one_site:
        samples = samples.of_site(ONE_SITE)
    recipe = task.retraining.model_copy(update={"tail_from": parent.replay.first_trainable})
    learned = [*samples.by_split[TRAIN], *samples.by_split[VALIDATION]]
    in_folds = recipe.fold_fits is not None and bool(sites_with_enough(learned, task))
    return _RetrainingInput(
        model,
        parent,
        held_out,
        samples.without_validation() if in_folds else samples,
        recipe,
        _latent_cache(database, setup, model, parent, recipe),
        in_folds,
    )


def _latent_cache(
    database: Engine,
    setup: RetrainingSetup,
    model: keras.Model,
    parent: Parent,
    recipe: Recipe,
) -> LatentCache:
    """Raises: InvalidCheckpoint if what the champion remembers is of other layers."""
    name = setup.task.name
    store = LatentCache(
        setup.settings.latents_dir / name,
        FrozenBackbone(mobilenet.frozen_layers(model, recipe.tail_from), setup.spec),
        recipe.augmentation,
        recipe.variants,
        lock_place(database, otherwise=None if setup.samples else setup.settings.retrain_dir),
        shared_store(setup.settings, f"latents/{name}"),
    )
    if store.backbone.digest != parent.replay.frozen_sha256:
        raise InvalidCheckpoint(
            f"The replay memory of '{setup.parent.version}' is of another network; restore its "
            "files, or promote another version."
        )
    return store


def _comparison(known: _RetrainingInput, setup: RetrainingSetup, new: NewImages) -> GateComparison:
    """The answers of the champion and of sites' versions, to judge the challenger by."""
    # The only site of an installation has the champion.
    sites = set() if setup.is_one_site else new.sites
    return GateComparison(
        known.model,
        known.parent,
        new,
        setup.task,
        judged_before=known.held_out.hashes,
        site_versions=open_site_versions(setup.store, setup.alias, sites, setup.parent),
        profiles=open_profiles(setup.store, new.sites),
        in_folds=known.in_folds,
        learned_before=learned_before(setup.store, setup.alias, sites, setup.parent),
    )


def _learned(
    known: _RetrainingInput,
    comparison: GateComparison,
    setup: RetrainingSetup,
    new: NewImages,
    reporter: ProgressReporter,
) -> Candidates:
    """Fine-tune the network in place, and judge what came of it."""
    model, parent, recipe, task = known.model, known.parent, known.recipe, setup.task
    learn = fit_in_folds if known.in_folds else fit
    watcher = FitCallbacks(on_step=reporter.step, on_epoch=reporter.epoch)
    fitted = learn(model, new, parent, task, recipe, watcher)
    reporter.phase(JobPhase.EVALUATING)
    aurocs = label_aurocs(model, fitted, new, parent)
    assessment = assess_retrained(model, new, parent, task)
    judged = comparison.verdict(assessment, aurocs=aurocs)
    found = for_sites(
        Candidate(assessment, judged, fitted.share, model.get_weights()),
        comparison,
        fitted,
        model,
        new,
        parent,
        task,
        recipe,
        aurocs=aurocs,
    )
    has_sites = recipe.max_forgotten_site is not None and not setup.is_one_site
    advised = with_advice(found.chosen.verdict, new.images, has_sites=has_sites)
    return replace(found, chosen=replace(found.chosen, verdict=advised))


def computed(
    samples: SampleSplits, store: LatentCache, task: Task, reporter: ProgressReporter
) -> tuple[NewImages, Counter[str]]:
    """The activations of all samples, new or kept; without those that cannot be read any more.

    Also how many were left out, by reason.

    Raises: NotEnoughSamples if none to learn from or none held out is left, StorageFailed.
    """
    store.prune(set(samples.records))
    total = sum(len(images) for images in samples.by_split.values())
    splits, skipped, before = {}, Counter[str](), 0
    for split, images in samples.by_split.items():

        def on_done(done: int, before: int = before) -> None:
            reporter.step(Progress(JobPhase.FEATURES, 1, 1, before + done, total))

        splits[split], missing = store.fill(images, variants=split == TRAIN, on_done=on_done)
        skipped += missing
        before += len(images)
    if not splits[TRAIN] or not splits[HOLDOUT]:
        raise NotEnoughSamples(
            f"{skipped.total()} of {total} films are damaged or gone, and too few are left to "
            "learn from and to hold some out; upload them again, or others."
        )
    return NewImages(splits, store, task), skipped + samples.left_alone


def _grown(parent: Parent, new: NewImages) -> ReplayMemory:
    """What the challenger remembers: its parent's memory, and some of the new films."""
    images = new.images[TRAIN]
    kinds = [(image.source, new.task.target_of(image.label)) for image in images]
    rows = select(TRAIN, kinds, [image.sha256 for image in images])
    return parent.memory.with_training_images(new.only(TRAIN, rows).latents(TRAIN))


def _per_label(new: NewImages, task: Task) -> dict[str, int]:
    found = Counter(image.label for images in new.images.values() for image in images)
    return {
        label: found[label] for label in task.known_labels if label in task.labels or found[label]
    }
