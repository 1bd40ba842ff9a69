"""Predictions whose metrics are worked out by hand, for the tests of metrics and curves."""

from collections.abc import Mapping

import numpy as np

from api.arrays import BoolArray, Float64Array, IntArray
from api.evaluation.metrics import DecisionRules, Predictions, compute_metrics
from api.model_card.decision_rules import ReferRule
from api.model_card.metrics import Metrics
from tests.support.cards import point

CLASSES = ("COVID-19", "Normal", "Viral")
# Truth:                0                  0                1                1
HAND = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]])
HAND_TARGETS = np.array([0, 0, 1, 1])
# A coarse label: some finding, kind unknown.
ANY_FINDING = -1


def decision_rules(name: str = "balanced", *, refer: ReferRule | None = None) -> DecisionRules:
    points = {
        "balanced": point(0.45, sensitivity=0.9, specificity=0.9),
        "screening": point(0.3, sensitivity=0.9, specificity=0.9),
        "confirm": point(0.75, sensitivity=0.9, specificity=0.9),
    }
    return DecisionRules(
        classes=CLASSES,
        negative_index=1,
        operating_points=points,
        refer_rule=refer,
        operating_point=name,
    )


def measured(
    probabilities: Float64Array,
    targets: IntArray,
    *,
    causes: Mapping[str, BoolArray] | None = None,
    name: str = "balanced",
) -> Metrics:
    return compute_metrics(Predictions(probabilities, targets, causes or {}), decision_rules(name))


def scoring(*scores: float) -> Float64Array:
    """Answers whose P(any finding) is given."""
    return np.array([[score, 1 - score, 0.0] for score in scores])
