"""Retraining: from the champion and the collected samples to a judged challenger."""

import logging
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import keras
import tensorflow as tf
from sqlalchemy import Engine

from api.errors import Conflict
from api.files import write_atomic
from api.inputs.preprocessing import PreprocessingSpec
from api.records import jobs
from api.registry.card import (
    Card,
    Data,
    Evaluation,
    OperatingPoint,
    TrainingRecord,
    now,
    write_card,
)
from api.registry.champion import Alias, champion_of
from api.registry.gate import Check, GatePolicy, Verdict, judge
from api.registry.store import (
    CARD_NAME,
    WEIGHTS_NAME,
    Checkpoint,
    Store,
    compiled_path,
    verify_weights,
)
from api.settings import Settings
from api.tasks.task import Task, load_task
from api.training import checkpoint, network
from api.training.calibrate import (
    MIN_FILMS,
    Calibration,
    balanced_operating_point,
    fit_calibration,
)
from api.training.compile import compile_model
from api.training.dataset import Decoded, counts, manifest_digest
from api.training.evaluate import evaluate
from api.training.fit import FloatArray, Watcher, fit_head, fit_tail, predict
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
    champion_answers = predict(model, parts["holdout"], setup.spec, phase="evaluating")
    watcher = Watcher(on_step=reporter.step, on_epoch=reporter.epoch)
    train, validation = parts["train"], parts["validation"]
    fit_head(model, train, validation, setup.spec, recipe, watcher=watcher)
    fit_tail(model, train, validation, setup.spec, recipe, seed=seed, watcher=watcher)

    reporter.phase("evaluating")
    calibration, point = calibrate(model, setup, validation)
    challenger = measure(
        predict(model, parts["holdout"], setup.spec, phase="evaluating"), parts, setup, point
    )
    champion = measure(
        champion_answers, parts, setup, setup.parent.card.operating_points["balanced"]
    )
    verdict = judge(challenger.overall, champion.overall, GatePolicy())

    reporter.phase("compiling")
    with setup.store.workspace(reporter.job_id) as workspace:
        version = setup.store.next_version()
        card = _card(
            setup, model, parts, skipped, challenger, point, reporter,
            version=version, calibration=calibration, started=started,
            weights_sha256=checkpoint.save_weights(model, workspace / WEIGHTS_NAME),
        )  # fmt: skip
        write_card(workspace / CARD_NAME, card)
        compiled = compiled_path(setup.settings.compiled_dir, card.weights_sha256)
        write_atomic(compiled, compile_model(model, setup.spec))
        if not jobs.claim_finish(database, reporter.job_id):
            compiled.unlink()
            raise Ended
        setup.store.publish(workspace, version)
    return _conclude(setup, version, verdict, reporter.job_id)


def calibrate(
    model: keras.Model, setup: Setup, validation: Decoded
) -> tuple[Calibration, OperatingPoint]:
    """Fold a new calibration in and choose the operating point, or keep the parent's.

    With few validation films both would be noise.
    """
    inherited = setup.parent.card.operating_points["balanced"]
    if len(validation) < MIN_FILMS:
        return Calibration(1.0, (0.0,) * len(setup.task.labels)), inherited
    logits_of = keras.Model(model.inputs[0], model.get_layer(network.LOGITS).output)
    logits = predict(logits_of, validation, setup.spec, phase="evaluating")
    calibration = fit_calibration(logits, validation.targets)
    network.fold_calibration(model, calibration)
    answers = predict(model, validation, setup.spec, phase="evaluating")
    negative = setup.task.negative_index
    positive = validation.targets != negative
    if positive.all() or not positive.any():
        return calibration, inherited
    scores = 1 - answers[:, negative]
    return calibration, balanced_operating_point(scores, positive, chosen_on="validation")


def measure(
    answers: FloatArray, parts: dict[str, Decoded], setup: Setup, point: OperatingPoint
) -> Evaluation:
    """Metrics of a checkpoint's answers on the hold-out."""
    holdout = parts["holdout"]
    return evaluate(
        answers,
        holdout.targets,
        holdout.sources,
        classes=setup.task.labels,
        negative_index=setup.task.negative_index,
        threshold=point.threshold,
    )


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
    evaluation: Evaluation,
    point: OperatingPoint,
    reporter: Reporter,
    *,
    version: str,
    calibration: Calibration,
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
            "operating_points": parent.operating_points | {"balanced": point},
            "weights_sha256": weights_sha256,
            "golden": checkpoint.golden_outputs(model, setup.spec),
            "metrics": {"holdout": evaluation},
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
                temperature=calibration.temperature,
                biases=calibration.biases,
                history=tuple(reporter.history),
            ),
        }
    )


def _per_label(parts: dict[str, Decoded], task: Task) -> dict[str, int]:
    found = Counter(film.label for part in parts.values() for film in part.films)
    return {label: found[label] for label in task.labels}
