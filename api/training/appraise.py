"""What a fitted network is worth and how its answers are to be read: one way for every training.

Calibration, operating points, the referred band, the reference of training films: all are chosen
on validation films. Metrics, the heat map's worth and stability are measured on the hold-out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from api.decision.decide import UNCERTAIN, UNLIKE, probabilities_of
from api.decision.outliers import METHODS, NEAREST, Reference
from api.evaluation import outliers
from api.evaluation.calibration import MIN_FILMS, Calibration, fit_calibration
from api.evaluation.metrics import Answers, Reading, evaluate
from api.evaluation.operating import operating_points, refer_rule
from api.inputs.preprocessing import PreprocessingSpec
from api.inputs.quality import QualityBounds
from api.registry.card import Band, Card, OutlierRule, ReferRule, Stability
from api.tasks.task import Task
from api.training import network
from api.training.dataset import Decoded
from api.training.deletion import deletion_test
from api.training.observe import Observations, Observer
from api.training.stability import CHANGES, changed

BoolArray = npt.NDArray[np.bool_]

VALIDATION, HOLDOUT = "validation", "holdout"
# Enough to tell 0.95 from 0.97, and soon done.
PROBES = 300
# A group of fewer new films says too little about where its films lie.
MIN_GROUP = 10
SEED = 0

STRANGERS: dict[str, Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]] = {
    "turned left": lambda film: np.rot90(film, 1),
    "turned right": lambda film: np.rot90(film, 3),
    "upside down": lambda film: np.rot90(film, 2),
    "mirrored top to bottom": lambda film: film[::-1],
    "inverted": lambda film: 255 - film,
}


@dataclass(frozen=True, slots=True)
class Parent:
    """What a retraining inherits from."""

    card: Card
    reference: Reference | None


@dataclass(frozen=True, slots=True)
class Appraisal:
    """`fields` of the card, and the reference that belongs beside the weights."""

    calibration: Calibration
    fields: dict[str, Any]
    reference: Reference | None
    reference_bytes: bytes | None


def appraise(
    model: keras.Model,
    parts: dict[str, Decoded],
    task: Task,
    spec: PreprocessingSpec,
    *,
    parent: Parent | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Appraisal:
    """Calibrate in place, choose how to read the answers, and measure.

    With a parent, what few validation films cannot tell is inherited, and its reference is
    extended by the new films instead of made anew.

    Args:
        parts: 'train', 'validation' and 'holdout'.
    """
    observer = Observer(model, spec)
    say("appraising: calibration and operating points")
    validation = parts[VALIDATION]
    calibration = calibrate(model, observer.films(validation.images).logits, validation, parent)
    seen = {name: observer.films(parts[name].images) for name in (VALIDATION, HOLDOUT)}
    reading = read_rules(seen[VALIDATION], validation, task, parent)
    say("appraising: what is unlike a chest film")
    rule, reference, content = outlier_rule(observer, parts, seen[VALIDATION], task, parent)
    if rule and reference:
        rule = _with_refusals(rule, reference, seen, parts)
    say("appraising: figures on the hold-out")
    metrics = {
        name: evaluate(
            answers_of(seen[name], parts[name], reading, rule, reference),
            parts[name].sources,
            reading,
        )
        for name in seen
        if len(parts[name])
    }
    say("appraising: heat map and stability")
    holdout = parts[HOLDOUT]
    return Appraisal(
        calibration=calibration,
        reference=reference,
        reference_bytes=content,
        fields={
            "operating_points": dict(reading.points),
            "prevalence": _prevalence(validation, task, parent),
            "refer": reading.refer,
            "outliers": rule,
            "quality": QualityBounds.model_validate(task.quality),
            "metrics": metrics,
            "heatmap": deletion_test(observer, holdout.images, temperature=1.0, films=PROBES),
            "stability": stability(observer, holdout.images),
        },
    )


def calibrate(
    model: keras.Model, logits: npt.NDArray[np.float32], data: Decoded, parent: Parent | None
) -> Calibration:
    """Fit a calibration and fold it into the network; none where few films leave the parent's."""
    if parent and len(data) < MIN_FILMS:
        return Calibration(1.0, (0.0,) * logits.shape[1])
    calibration = fit_calibration(logits, data.targets)
    network.fold_calibration(model, calibration)
    return calibration


def read_rules(seen: Observations, data: Decoded, task: Task, parent: Parent | None) -> Reading:
    """Operating points and the referred band, from validation films or from the parent."""
    positive = data.targets != task.negative_index
    if parent and _too_few(positive):
        points, refer = parent.card.operating_points, parent.card.refer
    else:
        scores = 1 - probabilities_of(seen.logits, temperature=1.0)[:, task.negative_index]
        aims = task.decision
        points = operating_points(scores, positive, wanted=aims.wanted_rate, chosen_on=VALIDATION)
        refer = refer_rule(scores, positive, max_error=aims.max_error, chosen_on=VALIDATION)
    return Reading(
        classes=task.labels, negative_index=task.negative_index, points=points, refer=refer
    )


def outlier_rule(
    observer: Observer,
    parts: dict[str, Decoded],
    validation: Observations,
    task: Task,
    parent: Parent | None,
) -> tuple[OutlierRule | None, Reference | None, bytes | None]:
    """How strangers are found, and the reference for it with its bytes."""
    if parent:
        return _extended(observer, parts, validation, task, parent)
    train, data = parts["train"], parts[VALIDATION]
    if len(train) < MIN_GROUP or not len(data):
        return None, None, None
    features = observer.films(train.images).early_features
    fitted = outliers.fit_reference(features, [film.stratum for film in train.films], seed=SEED)
    content, reference = outliers.stored(fitted)
    probes = data.images[_spread(len(data), PROBES)]
    strangers = {
        kind: observer.films(np.stack([turn(film) for film in probes])).early_features
        for kind, turn in STRANGERS.items()
    }
    aims = task.decision
    compared = outliers.caught(
        reference,
        strangers,
        validation.early_features,
        data.sources,
        max_refused=aims.max_refused,
    )
    method = outliers.better_method(compared)
    distances = METHODS[method](reference, validation.early_features)
    if method != NEAREST:
        content, reference = outliers.stored(reference.without_bank())
    rule = OutlierRule(
        method=method,
        reference_sha256=outliers.digest(content),
        threshold=outliers.threshold(distances, data.sources, max_refused=aims.max_refused),
        chosen_on=VALIDATION,
        refused={},
        compared=compared,
    )
    return rule, reference, content


def _extended(
    observer: Observer,
    parts: dict[str, Decoded],
    validation: Observations,
    task: Task,
    parent: Parent,
) -> tuple[OutlierRule | None, Reference | None, bytes | None]:
    """The parent's reference and the groups of the new films; its limit, or a wider one."""
    rule, reference = parent.card.outliers, parent.reference
    if rule is None or reference is None:
        return None, None, None
    train = parts["train"]
    features = observer.films(train.images).early_features
    content, grown = outliers.stored(
        outliers.extended(
            reference, features, [film.stratum for film in train.films], min_group=MIN_GROUP
        )
    )
    limit = rule.threshold
    if len(parts[VALIDATION]) >= MIN_FILMS:
        distances = METHODS[rule.method](grown, validation.early_features)
        own = outliers.threshold(
            distances, parts[VALIDATION].sources, max_refused=task.decision.max_refused
        )
        limit = max(limit, own)
    digest = outliers.digest(content)
    changes = {"reference_sha256": digest, "threshold": limit, "refused": {}}
    return rule.model_copy(update=changes), grown, content


def answers_of(
    seen: Observations,
    data: Decoded,
    reading: Reading,
    rule: OutlierRule | None,
    reference: Reference | None,
) -> Answers:
    """Answers with the causes of referral that pixels at the network's size can show."""
    probabilities = probabilities_of(seen.logits, temperature=1.0)
    causes: dict[str, BoolArray] = {}
    if reading.refer:
        scores = 1 - probabilities[:, reading.negative_index]
        causes[UNCERTAIN] = _served(reading.refer).referred(scores, reading.threshold)
    if rule and reference:
        causes[UNLIKE] = METHODS[rule.method](reference, seen.early_features) > rule.threshold
    return Answers(probabilities, data.targets, causes)


def stability(observer: Observer, images: npt.NDArray[np.uint8]) -> Stability | None:
    """How often each small change leaves the label as it was."""
    if not len(images):
        return None
    films = images[_spread(len(images), PROBES)]
    before = observer.films(films).logits.argmax(axis=1)
    kept = {
        name: float(
            np.mean(
                observer.films(np.stack([changed(film, change) for film in films])).logits.argmax(
                    axis=1
                )
                == before
            )
        )
        for name, change in CHANGES.items()
    }
    return Stability(split=HOLDOUT, n=len(films), kept=kept)


def _with_refusals(
    rule: OutlierRule,
    reference: Reference,
    seen: dict[str, Observations],
    parts: dict[str, Decoded],
) -> OutlierRule:
    shares = {
        name: outliers.refused(
            METHODS[rule.method](reference, seen[name].early_features),
            parts[name].sources,
            rule.threshold,
        )
        for name in seen
        if len(parts[name])
    }
    return rule.model_copy(update={"refused": shares})


def _prevalence(data: Decoded, task: Task, parent: Parent | None) -> float:
    positive = data.targets != task.negative_index
    if parent and _too_few(positive):
        return parent.card.prevalence
    return float(np.clip(positive.mean(), 0.01, 0.99)) if len(data) else 0.5


def _served(refer: ReferRule) -> Band:
    return next(band for band in refer.bands if band.max_error == refer.max_error)


def _too_few(positive: BoolArray) -> bool:
    return len(positive) < MIN_FILMS or bool(positive.all()) or not positive.any()


def _spread(n: int, wanted: int) -> Sequence[int]:
    """Rows evenly over all of them, at most as many as wanted."""
    rows: list[int] = np.unique(np.linspace(0, n - 1, min(n, wanted)).astype(int)).tolist()
    return rows
