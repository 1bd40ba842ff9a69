"""How a network's answers are to be read: chosen on validation films, or inherited."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from api.decision.decide import UNCERTAIN, UNLIKE, probabilities_of
from api.decision.outliers import METHODS, Reference
from api.evaluation.calibration import MIN_FILMS
from api.evaluation.metrics import Answers, Reading
from api.evaluation.operating import operating_points, refer_rule
from api.registry.card import Card
from api.registry.rules import Band, OutlierRule, ReferRule
from api.tasks.task import Task
from api.training.dataset import Decoded
from api.training.observe import Observations

BoolArray = npt.NDArray[np.bool_]
VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Parent:
    """What a retraining inherits from."""

    card: Card
    reference: Reference | None


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


def prevalence(data: Decoded, task: Task, parent: Parent | None) -> float:
    positive = data.targets != task.negative_index
    if parent and _too_few(positive):
        return parent.card.prevalence
    return float(np.clip(positive.mean(), 0.01, 0.99)) if len(data) else 0.5


def _served(refer: ReferRule) -> Band:
    return next(band for band in refer.bands if band.max_error == refer.max_error)


def _too_few(positive: BoolArray) -> bool:
    return len(positive) < MIN_FILMS or bool(positive.all()) or not positive.any()
