"""Retraining: from the champion and the collected samples to a judged challenger."""

import logging
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import keras
import tensorflow as tf
from sqlalchemy import Engine

from api.decision.outliers import load_reference
from api.errors import Conflict
from api.evaluation.metrics import Answers, Reading, measure
from api.files import write_atomic
from api.inputs.folders import counts, manifest_digest
from api.inputs.preprocessing import PreprocessingSpec
from api.records import jobs
from api.registry.card import Card, Data, TrainingRecord, now, write_card
from api.registry.champion import Alias, champion_of
from api.registry.gate import Check, GatePolicy, Verdict, judge
from api.registry.holdout import read_held_out
from api.registry.measures import Metrics
from api.registry.store import (
    CARD_NAME,
    HELD_OUT_NAME,
    REFERENCE_NAME,
    WEIGHTS_NAME,
    Checkpoint,
    Store,
    compiled_path,
    held_out_path,
    reference_path,
    verify_weights,
)
from api.settings import Settings
from api.tasks.task import Task, load_task
from api.training import checkpoint, network
from api.training.appraise import Appraisal, appraise
from api.training.compile import compile_model
from api.training.dataset import Decoded, known_by_hash
from api.training.fit import Watcher, fit_head, fit_tail, predict
from api.training.reading import Parent
from api.training.reporter import Ended, Reporter
from api.training.sides import SPLIT_RULE, read_samples

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """What the job's row says in the end."""

    state: str
    reason: str
    version: str
    verdict: dict[str, Any]
    phase: str = "done"
    progress: float = 1.0


@dataclass(frozen=True, slots=True)
class Setup:
    """What a retraining starts from."""

    settings: Settings
    task: Task
    store: Store
    alias: Alias
    parent: Checkpoint

    @property
    def spec(self) -> PreprocessingSpec:
        return self.parent.card.preprocessing


def retrain(database: Engine, settings: Settings, job_id: str) -> Ending | None:
    """Work a claimed job off; None if it was cancelled meanwhile.

    Raises: AppError with the reason when it cannot be done.
    """
    started = time.monotonic()
    tf.config.threading.set_intra_op_parallelism_threads(settings.trainer_threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    try:
        with Reporter(database, job_id) as reporter:
            setup = prepare(settings)
            return _work(database, setup, reporter, started=started)
    except Ended:
        return None


def prepare(settings: Settings) -> Setup:
    """Find the champion that is to be improved. Raises: InvalidCheckpoint, NotFound."""
    task = load_task(settings.task)
    folder = settings.models_dir / task.name
    store = Store(folder, settings.default_model, task.name)
    alias = Alias(folder)
    parent = champion_of(store, alias)
    verify_weights(parent)
    return Setup(settings=settings, task=task, store=store, alias=alias, parent=parent)


def _work(database: Engine, setup: Setup, reporter: Reporter, *, started: float) -> Ending:
    task, recipe, seed = setup.task, setup.task.retraining, 0
    keras.utils.set_random_seed(seed)
    reporter.phase("reading", parent=setup.parent.version)
    folder = setup.settings.retrain_dir / task.name
    parts, skipped = read_samples(database, folder, task, setup.spec)
    reporter.phase("reading", samples=_per_label(parts, task))

    model = network.load(setup.parent.weights)
    champion = measure_champion(model, setup, parts["holdout"])
    watcher = Watcher(on_step=reporter.step, on_epoch=reporter.epoch)
    train, validation = parts["train"], parts["validation"]
    fit_head(model, train, validation, setup.spec, recipe, watcher=watcher)
    fit_tail(model, train, validation, setup.spec, recipe, seed=seed, watcher=watcher)

    reporter.phase("evaluating")
    appraisal = appraise(model, parts, task, setup.spec, parent=parent_of(setup, model))
    verdict = judge(appraisal.fields["metrics"]["holdout"].overall, champion, GatePolicy())

    reporter.phase("compiling")
    with setup.store.workspace(reporter.job_id) as workspace:
        version = setup.store.next_version()
        card = _card(
            setup, model, parts, skipped, appraisal, reporter,
            version=version, started=started,
            weights_sha256=checkpoint.save_weights(model, workspace / WEIGHTS_NAME),
        )  # fmt: skip
        if appraisal.reference_bytes:
            write_atomic(workspace / REFERENCE_NAME, appraisal.reference_bytes)
        held_out = read_held_out(held_out_path(setup.parent.weights))
        grown = held_out.with_films(known_by_hash(parts["holdout"]))
        write_atomic(workspace / HELD_OUT_NAME, grown.dumped())
        write_card(workspace / CARD_NAME, card)
        compiled = compiled_path(setup.settings.compiled_dir, card.weights_sha256)
        write_atomic(compiled, compile_model(model, setup.spec))
        if not jobs.claim_finish(database, reporter.job_id):
            compiled.unlink()
            raise Ended
        setup.store.publish(workspace, version)
    return _conclude(setup, version, verdict, reporter.job_id)


def measure_champion(model: keras.Model, setup: Setup, holdout: Decoded) -> Metrics:
    """The champion's figures on the films that the challenger will be measured on."""
    card = setup.parent.card
    reading = Reading(
        classes=setup.task.labels,
        negative_index=setup.task.negative_index,
        points=card.operating_points,
        refer=card.refer,
    )
    probabilities = predict(model, holdout, setup.spec, phase="evaluating")
    return measure(Answers(probabilities, holdout.targets), reading)


def parent_of(setup: Setup, model: keras.Model) -> Parent:
    """What the challenger inherits; no reference where its early layers learned too."""
    card = setup.parent.card
    kept = network.keeps_early_features(model, setup.task.retraining.tail_from)
    if card.outliers is None or not kept:
        return Parent(card, None)
    path = reference_path(setup.parent.weights)
    return Parent(card, load_reference(path, sha256=card.outliers.reference_sha256))


def _conclude(setup: Setup, version: str, verdict: Verdict, job_id: str) -> Ending:
    if verdict.promoted:
        verdict = _promote(setup, version, verdict, job_id)
    logger.info("judged version=%s promoted=%s", version, verdict.promoted)
    return Ending(
        state="promoted" if verdict.promoted else "kept",
        reason=verdict.reason,
        version=version,
        verdict={
            "promoted": verdict.promoted,
            "reason": verdict.reason,
            "checks": [asdict(check) for check in verdict.checks],
        },
    )


def _promote(setup: Setup, version: str, verdict: Verdict, job_id: str) -> Verdict:
    """Move the alias, unless somebody moved it since the comparison began."""
    try:
        setup.alias.move(
            version,
            previous=setup.parent.version,
            by=f"retraining {job_id}",
            reason=verdict.reason,
            only_if_champion=setup.store,
        )
    except Conflict as exc:
        detail = (
            f"{exc.message} The new version was compared with {setup.parent.version} only; start "
            "the retraining again, or promote it by hand."
        )
        return Verdict((*verdict.checks, Check("same champion", False, detail)))
    return verdict


def _card(
    setup: Setup,
    model: keras.Model,
    parts: dict[str, Decoded],
    skipped: Counter[str],
    appraisal: Appraisal,
    reporter: Reporter,
    *,
    version: str,
    started: float,
    weights_sha256: str,
) -> Card:
    parent = setup.parent.card
    return parent.model_copy(
        update={
            "version": version,
            "parent": parent.version,
            "created_at": now(),
            "code_version": checkpoint.code_version(),
            "weights_sha256": weights_sha256,
            "golden": checkpoint.golden_outputs(model, setup.spec),
            **appraisal.fields,
            "statistics": checkpoint.reference_statistics(parts["train"], setup.task),
            "data": Data(
                split_rule=SPLIT_RULE,
                counts={name: counts(part.films) for name, part in parts.items()},
                skipped=dict(skipped),
                manifest_sha256=manifest_digest(f for part in parts.values() for f in part.films),
            ),
            "training": TrainingRecord(
                backbone=network.BACKBONE,
                base_weights=parent.version,
                recipe=setup.task.retraining.model_dump(mode="json"),
                seed=0,
                duration_s=round(time.monotonic() - started, 1),
                temperature=appraisal.calibration.temperature,
                calibration_matrix=appraisal.calibration.matrix,
                biases=appraisal.calibration.biases,
                history=tuple(reporter.history),
            ),
        }
    )


def _per_label(parts: dict[str, Decoded], task: Task) -> dict[str, int]:
    found = Counter(film.label for part in parts.values() for film in part.films)
    return {label: found[label] for label in task.labels}
