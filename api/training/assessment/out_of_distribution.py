"""Telling what is no upright film of the kind: choosing how, and what that catches and costs."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from api.arrays import ByteArray, FloatArray
from api.decision.out_of_distribution import METHODS, NEAREST, OodReference
from api.evaluation import out_of_distribution
from api.evaluation.calibration import MIN_IMAGES
from api.evaluation.metrics import DecisionRules, Predictions
from api.model_card.decision_rules import OutlierRule
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions, predictions_of
from api.training.data.dataset import Decoded
from api.training.data.splits import TRAIN, VALIDATION
from api.training.models.inference import BatchPredictor, NetworkOutputs

# Enough to tell 0.95 from 0.97, and soon done.
PROBES = 300
# A group of fewer new films says too little about where its films lie.
MIN_GROUP = 10
SEED = 0

OOD_TRANSFORMS: dict[str, Callable[[ByteArray], ByteArray]] = {
    "turned left": lambda image: np.rot90(image, 1),
    "turned right": lambda image: np.rot90(image, 3),
    "upside down": lambda image: np.rot90(image, 2),
    "mirrored top to bottom": lambda image: image[::-1],
    "inverted": lambda image: 255 - image,
}


def ood_rule(
    predictor: BatchPredictor,
    splits: dict[str, Decoded],
    validation: FloatArray,
    task: Task,
    rules: DecisionRules,
) -> tuple[OutlierRule, OodReference] | None:
    """How pictures unlike the films are found, and the reference for it; None with too few films.

    The rule does not know its file's digest yet.

    Args:
        validation: (n, features) early features of the validation films.
    """
    train, data = splits[TRAIN], splits[VALIDATION]
    if len(train) < MIN_GROUP or not len(data):
        return None
    features = predictor.predict(train.images).early_features
    reference = out_of_distribution.fit_reference(
        features, [image.stratum for image in train.labelled], seed=SEED
    ).rounded()
    probes = data.subset(data.labelled[row] for row in spread(len(data), PROBES))
    foreign = {
        kind: predictor.predict(np.stack([turn(image) for image in probes.images]))
        for kind, turn in OOD_TRANSFORMS.items()
    }
    aims = task.decision
    compared = out_of_distribution.caught_shares(
        reference,
        {kind: seen.early_features for kind, seen in foreign.items()},
        validation,
        data.sources,
        max_refused=aims.max_refused,
    )
    method = out_of_distribution.better_method(compared)
    distances = METHODS[method](reference, validation)
    if method != NEAREST:
        reference = reference.without_bank()
    rule = OutlierRule(
        method=method,
        reference_sha256="",
        threshold=out_of_distribution.threshold(
            distances, data.sources, max_refused=aims.max_refused
        ),
        chosen_on=VALIDATION,
        refused={},
        compared=compared,
    )
    harmless = {
        kind: _share_answered_right(
            predictions_of(_predictions(seen, probes, rule, reference), rules, rule), rules
        )
        for kind, seen in foreign.items()
    }
    return rule.model_copy(update={"harmless": harmless}), reference


def extended_ood_rule(
    rule: OutlierRule,
    reference: OodReference,
    train: FloatArray,
    kinds: Sequence[tuple[str, str]],
    validation: FloatArray,
    sources: Sequence[str],
    *,
    max_refused: float,
) -> tuple[OutlierRule, OodReference]:
    """A parent's reference with the groups of new films; its limit, or a wider one.

    Args:
        train, validation: (n, features) early features of new films.
        kinds: source and class of those learned from; sources: of the others.
    """
    grown = out_of_distribution.extended(reference, train, kinds, min_group=MIN_GROUP).rounded()
    limit = rule.threshold
    if len(validation) >= MIN_IMAGES:
        distances = METHODS[rule.method](grown, validation)
        limit = max(
            limit, out_of_distribution.threshold(distances, sources, max_refused=max_refused)
        )
    changes = {"reference_sha256": "", "threshold": limit, "refused": {}}
    return rule.model_copy(update=changes), grown


def _predictions(
    seen: NetworkOutputs, data: Decoded, rule: OutlierRule, reference: OodReference
) -> SplitPredictions:
    distances = METHODS[rule.method](reference, seen.early_features)
    return SplitPredictions(seen.logits, data.targets, data.sources, distances)


def _share_answered_right(answers: Predictions, rules: DecisionRules) -> float:
    """Share of pictures that are referred, or decided right although they should have been."""
    referred = np.any(list(answers.causes.values()), axis=0)
    found = 1 - answers.probabilities[:, rules.negative_index] >= rules.threshold
    return float((referred | (found == (answers.targets != rules.negative_index))).mean())


def with_refusals(rule: OutlierRule, predictions: Mapping[str, SplitPredictions]) -> OutlierRule:
    """The rule with the shares of films of each side and source that it refuses."""
    shares = {
        name: out_of_distribution.refused_shares(
            predictions.distances, predictions.sources, rule.threshold
        )
        for name, predictions in predictions.items()
        if predictions.distances is not None and len(predictions)
    }
    return rule.model_copy(update={"refused": shares})


def spread(n: int, count: int) -> Sequence[int]:
    """Rows evenly over all of them, at most as many as wanted."""
    rows: list[int] = np.unique(np.linspace(0, n - 1, min(n, count)).astype(int)).tolist()
    return rows
