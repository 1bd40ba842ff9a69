"""How a network's answers are to be read: chosen on validation films, or inherited."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.decision.decide import UNCERTAIN, UNLIKE, probabilities_of
from api.decision.label_free import chance_of_right, confidence_threshold
from api.evaluation.calibration import MIN_IMAGES
from api.evaluation.kinds import kind_rule
from api.evaluation.metrics import DecisionRules, Predictions
from api.evaluation.operating_points import (
    BALANCED,
    operating_points,
    refer_rule,
    with_known_bands,
)
from api.model_card.base import Interval
from api.model_card.card import Card
from api.model_card.confidence_rule import ConfidenceRule
from api.model_card.decision_rules import OutlierRule
from api.tasks.task import Task
from api.training.data.splits import VALIDATION


@dataclass(frozen=True, slots=True)
class SplitPredictions:
    """What a network makes of n films of one split.

    Attributes:
        logits: (n, classes), calibrated.
        targets: (n,) class numbers.
        sources: (n,) names.
        distances: (n,) from what was learned from; None where nothing tells.
        site_distances: (n,) from the known sites over their limits; None likewise.
    """

    logits: FloatArray
    targets: IntArray
    sources: Sequence[str]
    distances: FloatArray | None = None
    site_distances: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def probabilities(self) -> FloatArray:
        """(n, classes) in [0, 1]."""
        return probabilities_of(self.logits, temperature=1.0)


def choose_rules(
    logits: FloatArray,
    targets: IntArray,
    task: Task,
    parent: Card | None,
    *,
    usual_rates: Interval | None = None,
) -> DecisionRules:
    """Operating points and the referred band, from validation films or from the parent.

    Args:
        usual_rates: the parent's sensitivity and specificity on these films, which are to stay.
    """
    positive = targets != task.negative_index
    if parent and _too_few(positive):
        points, refer, kinds = parent.operating_points, parent.refer, parent.kinds
    else:
        probabilities = probabilities_of(logits, temperature=1.0)
        scores = 1 - probabilities[:, task.negative_index]
        aims = task.decision
        points = operating_points(
            scores,
            positive,
            aims=aims.wanted_rate,
            chosen_on=VALIDATION,
            usual=parent.operating_points[BALANCED].threshold if parent else None,
            usual_rates=usual_rates,
        )
        measured = refer_rule(
            scores,
            positive,
            max_error=aims.max_error,
            unfamiliar_max_error=aims.unfamiliar_max_error,
            chosen_on=VALIDATION,
        )
        refer = with_known_bands(measured, parent.refer if parent else None)
        kinds = kind_rule(
            probabilities,
            targets,
            task.labels,
            negative_index=task.negative_index,
            coverage=aims.kind_coverage,
            chosen_on=VALIDATION,
        )
    return DecisionRules(
        classes=task.labels,
        negative_index=task.negative_index,
        operating_points=points,
        refer_rule=refer,
        kind_rule=kinds,
    )


def predictions_of(
    predictions: SplitPredictions, rules: DecisionRules, rule: OutlierRule | None
) -> Predictions:
    """Answers with the causes of referral that pixels at the network's size can show."""
    probabilities = predictions.probabilities
    causes: dict[str, BoolArray] = {}
    if rules.refer_rule:
        scores = 1 - probabilities[:, rules.negative_index]
        causes[UNCERTAIN] = rules.refer_rule.referred(
            scores, rules.threshold, predictions.site_distances
        )
    if rule and predictions.distances is not None:
        causes[UNLIKE] = predictions.distances > rule.threshold
    return Predictions(probabilities, predictions.targets, causes)


def referred_images(
    predictions: SplitPredictions, rules: DecisionRules, rule: OutlierRule | None
) -> BoolArray:
    """(n,) True where a person is asked, as far as pixels at the network's size can show."""
    causes = predictions_of(predictions, rules, rule).causes
    empty = np.zeros(len(predictions), dtype=bool)
    return np.asarray(np.any([empty, *causes.values()], axis=0))


def confidence_rule(
    predictions: SplitPredictions, rules: DecisionRules, rule: OutlierRule | None
) -> ConfidenceRule | None:
    """From which confidence on decisions count as right (Garg et al. 2022), chosen on these films.

    Returns: None where too few of them are decided for the threshold to mean anything.
    """
    decided = ~referred_images(predictions, rules, rule)
    scores = 1 - predictions.probabilities[decided, rules.negative_index]
    if len(scores) < MIN_IMAGES:
        return None
    positive = scores >= rules.threshold
    right = positive == (predictions.targets[decided] != rules.negative_index)
    return ConfidenceRule(
        threshold=confidence_threshold(chance_of_right(scores, positive), right),
        accuracy=float(right.mean()),
        n=len(scores),
        chosen_on=VALIDATION,
    )


def prevalence(targets: IntArray, task: Task, parent: Card | None) -> float:
    """Share of films with a finding among those that were calibrated on."""
    positive = targets != task.negative_index
    if parent and _too_few(positive):
        return parent.prevalence
    return float(np.clip(positive.mean(), 0.01, 0.99)) if len(targets) else 0.5


def _too_few(positive: BoolArray) -> bool:
    return len(positive) < MIN_IMAGES or bool(positive.all()) or not positive.any()
