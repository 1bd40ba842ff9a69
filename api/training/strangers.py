"""Telling what is no upright chest film: choosing how, and what that catches and costs."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from api.decision.outliers import METHODS, NEAREST, Reference
from api.evaluation import outliers
from api.evaluation.calibration import MIN_FILMS
from api.evaluation.metrics import Answers, Reading
from api.registry.rules import OutlierRule
from api.tasks.task import Task
from api.training.dataset import Decoded
from api.training.observe import Observations, Observer
from api.training.reading import VALIDATION, Parent, answers_of

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


def outlier_rule(
    observer: Observer,
    parts: dict[str, Decoded],
    validation: Observations,
    task: Task,
    reading: Reading,
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
    probes = data.subset(data.films[row] for row in spread(len(data), PROBES))
    strangers = {
        kind: observer.films(np.stack([turn(film) for film in probes.images]))
        for kind, turn in STRANGERS.items()
    }
    aims = task.decision
    compared = outliers.caught(
        reference,
        {kind: seen.early_features for kind, seen in strangers.items()},
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
    harmless = {
        kind: _harmless(answers_of(seen, probes, reading, rule, reference), reading)
        for kind, seen in strangers.items()
    }
    return rule.model_copy(update={"harmless": harmless}), reference, content


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


def _harmless(answers: Answers, reading: Reading) -> float:
    """Share of pictures that are referred, or decided right although they should have been."""
    referred = np.any(list(answers.causes.values()), axis=0)
    found = 1 - answers.probabilities[:, reading.negative_index] >= reading.threshold
    return float((referred | (found == (answers.targets != reading.negative_index))).mean())


def with_refusals(
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


def spread(n: int, wanted: int) -> Sequence[int]:
    """Rows evenly over all of them, at most as many as wanted."""
    rows: list[int] = np.unique(np.linspace(0, n - 1, min(n, wanted)).astype(int)).tolist()
    return rows
