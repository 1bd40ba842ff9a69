"""Telling what is no upright chest film: choosing how, and what that catches and costs."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from api.decision.out_of_distribution import METHODS, NEAREST, Reference
from api.evaluation import out_of_distribution
from api.evaluation.calibration import MIN_FILMS
from api.evaluation.metrics import Answers, Reading
from api.model_card.decision_rules import OutlierRule
from api.tasks.task import Task
from api.training.assessment.decision_rules import FloatArray, Sight, answers_of
from api.training.data.dataset import Decoded
from api.training.data.splits import VALIDATION
from api.training.models.inference import Observations, Observer

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
    validation: FloatArray,
    task: Task,
    reading: Reading,
) -> tuple[OutlierRule | None, Reference | None, bytes | None]:
    """How strangers are found, and the reference for it with its bytes.

    Args:
        validation: (n, features) early features of the validation films.
    """
    train, data = parts["train"], parts[VALIDATION]
    if len(train) < MIN_GROUP or not len(data):
        return None, None, None
    features = observer.films(train.images).early_features
    fitted = out_of_distribution.fit_reference(
        features, [film.stratum for film in train.films], seed=SEED
    )
    content, reference = out_of_distribution.stored(fitted)
    probes = data.subset(data.films[row] for row in spread(len(data), PROBES))
    strangers = {
        kind: observer.films(np.stack([turn(film) for film in probes.images]))
        for kind, turn in STRANGERS.items()
    }
    aims = task.decision
    compared = out_of_distribution.caught(
        reference,
        {kind: seen.early_features for kind, seen in strangers.items()},
        validation,
        data.sources,
        max_refused=aims.max_refused,
    )
    method = out_of_distribution.better_method(compared)
    distances = METHODS[method](reference, validation)
    if method != NEAREST:
        content, reference = out_of_distribution.stored(reference.without_bank())
    rule = OutlierRule(
        method=method,
        reference_sha256=out_of_distribution.digest(content),
        threshold=out_of_distribution.threshold(
            distances, data.sources, max_refused=aims.max_refused
        ),
        chosen_on=VALIDATION,
        refused={},
        compared=compared,
    )
    harmless = {
        kind: _harmless(answers_of(_sight(seen, probes, rule, reference), reading, rule), reading)
        for kind, seen in strangers.items()
    }
    return rule.model_copy(update={"harmless": harmless}), reference, content


def extended_rule(
    rule: OutlierRule,
    reference: Reference,
    train: FloatArray,
    kinds: Sequence[tuple[str, str]],
    validation: FloatArray,
    sources: Sequence[str],
    *,
    max_refused: float,
) -> tuple[OutlierRule, Reference, bytes]:
    """A parent's reference with the groups of new films; its limit, or a wider one.

    Args:
        train, validation: (n, features) early features of new films.
        kinds: source and class of those learned from; sources: of the others.
    """
    content, grown = out_of_distribution.stored(
        out_of_distribution.extended(reference, train, kinds, min_group=MIN_GROUP)
    )
    limit = rule.threshold
    if len(validation) >= MIN_FILMS:
        distances = METHODS[rule.method](grown, validation)
        limit = max(
            limit, out_of_distribution.threshold(distances, sources, max_refused=max_refused)
        )
    digest = out_of_distribution.digest(content)
    changes = {"reference_sha256": digest, "threshold": limit, "refused": {}}
    return rule.model_copy(update=changes), grown, content


def _sight(seen: Observations, data: Decoded, rule: OutlierRule, reference: Reference) -> Sight:
    distances = METHODS[rule.method](reference, seen.early_features)
    return Sight(seen.logits, data.targets, data.sources, distances)


def _harmless(answers: Answers, reading: Reading) -> float:
    """Share of pictures that are referred, or decided right although they should have been."""
    referred = np.any(list(answers.causes.values()), axis=0)
    found = 1 - answers.probabilities[:, reading.negative_index] >= reading.threshold
    return float((referred | (found == (answers.targets != reading.negative_index))).mean())


def with_refusals(rule: OutlierRule, sights: Mapping[str, Sight]) -> OutlierRule:
    """The rule with the shares of films of each side and source that it refuses."""
    shares = {
        name: out_of_distribution.refused(sight.distances, sight.sources, rule.threshold)
        for name, sight in sights.items()
        if sight.distances is not None and len(sight)
    }
    return rule.model_copy(update={"refused": shares})


def spread(n: int, wanted: int) -> Sequence[int]:
    """Rows evenly over all of them, at most as many as wanted."""
    rows: list[int] = np.unique(np.linspace(0, n - 1, min(n, wanted)).astype(int)).tolist()
    return rows
