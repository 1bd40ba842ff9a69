"""The figures of a card, from predictions and true classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sklearn.metrics import roc_curve as sklearn_roc_curve

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.calibration import expected_calibration_error, reliability
from api.evaluation.class_metrics import class_metrics, confusion, label_estimates
from api.evaluation.estimate import (
    Estimate,
    estimate_auroc,
    estimate_resampled,
    estimate_share,
)
from api.evaluation.operating_points import BALANCED, rates
from api.model_card.decision_rules import KindRule, OperatingPoint, ReferRule
from api.model_card.metrics import CoveragePoint, Curves, Evaluation, Metrics, Rates

ROC_POINTS = 60


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a checkpoint says about n films, and what is true.

    Attributes:
        probabilities: (n, classes) in [0, 1].
        targets: (n,) class numbers; negative ones are coarse labels (some finding).
        causes: for each cause of referral that is known, (n,) True where it applies.
    """

    probabilities: FloatArray
    targets: IntArray
    causes: Mapping[str, BoolArray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.targets)

    def where(self, rows: BoolArray) -> "Predictions":
        """The part of them that a mask selects."""
        causes = {name: applies[rows] for name, applies in self.causes.items()}
        return Predictions(self.probabilities[rows], self.targets[rows], causes)


@dataclass(frozen=True, slots=True)
class DecisionRules:
    """How probabilities are read: at which operating point, and with which band referred."""

    classes: Sequence[str]
    negative_index: int
    operating_points: Mapping[str, OperatingPoint]
    refer_rule: ReferRule | None = None
    operating_point: str = BALANCED
    kind_rule: KindRule | None = None

    @property
    def threshold(self) -> float:
        return self.operating_points[self.operating_point].threshold


def evaluate(answers: Predictions, sources: Sequence[str], rules: DecisionRules) -> Evaluation:
    """Metrics over all films and for each source; n > 0."""
    names = np.array(sources)
    return Evaluation(
        overall=compute_metrics(answers, rules),
        per_source={
            str(name): compute_metrics(answers.where(names == name), rules)
            for name in sorted(set(sources))
        },
        curves=curves(answers, rules),
    )


def compute_metrics(answers: Predictions, rules: DecisionRules) -> Metrics:
    """Metrics of one set of images; figures of the class leave out what has a coarse label."""
    labelled = _with_known_class(answers, rules)
    predicted = labelled.probabilities.argmax(axis=1)
    scores, positive = scores_of(answers, rules), is_positive(answers, rules)
    at = {
        name: rates(scores, positive, point.threshold)
        for name, point in rules.operating_points.items()
    }
    estimates = {
        **label_estimates(labelled.probabilities, labelled.targets),
        "auroc": estimate_auroc(positive, scores),
        **_of_operating_point(at[rules.operating_point]),
        **_of_decisions(answers, rules),
    }
    return Metrics(
        n=len(answers),
        **{name: estimate.value for name, estimate in estimates.items()},
        intervals={
            name: estimate.interval for name, estimate in estimates.items() if estimate.interval
        },
        referred_because={name: float(rows.mean()) for name, rows in answers.causes.items()},
        at=at,
        per_class=class_metrics(predicted, labelled.targets, rules.classes),
        confusion=confusion(predicted, labelled.targets, len(rules.classes)),
    )


def curves(answers: Predictions, rules: DecisionRules) -> Curves:
    """ROC, reliability of the score, and coverage against error for each bound in the rule."""
    scores = scores_of(answers, rules)
    positive = is_positive(answers, rules)
    return Curves(
        roc=_roc(scores, positive),
        reliability=reliability(scores, positive),
        coverage=coverage_curve(scores, positive, rules),
    )


def coverage_curve(
    scores: FloatArray, positive: BoolArray, rules: DecisionRules
) -> tuple[CoveragePoint, ...]:
    """What each bound of error costs, at the operating point in use."""
    flagged = scores >= rules.threshold
    points = []
    for band in rules.refer_rule.bands if rules.refer_rule else ():
        answered = ~band.referred(scores, rules.threshold)
        points.append(
            CoveragePoint(
                max_error=band.max_error,
                coverage=float(answered.mean()),
                error=_mean((flagged != positive)[answered]),
                missed=_mean((answered & ~flagged)[positive]),
                false_alarms=_mean((answered & flagged)[~positive]),
            )
        )
    return tuple(points)


def scores_of(answers: Predictions, rules: DecisionRules) -> FloatArray:
    """(n,) P(any finding)."""
    return np.asarray(1 - answers.probabilities[:, rules.negative_index])


def is_positive(answers: Predictions, rules: DecisionRules) -> BoolArray:
    """(n,) True where there is a finding; coarse labels are findings."""
    return np.asarray(answers.targets != rules.negative_index)


def _with_known_class(answers: Predictions, rules: DecisionRules) -> Predictions:
    """Those whose exact class is known."""
    known = answers.where(answers.targets >= 0)
    # Images without a finding alone are no test of telling the findings apart.
    if len(known) < len(answers) and not is_positive(known, rules).any():
        return known.where(np.zeros(len(known), dtype=bool))
    return known


def _of_operating_point(measured: Rates) -> dict[str, Estimate]:
    """Sensitivity and specificity at the operating point in use."""
    return {
        "sensitivity": Estimate(measured.sensitivity, measured.sensitivity_interval),
        "specificity": Estimate(measured.specificity, measured.specificity_interval),
    }


def _of_decisions(answers: Predictions, rules: DecisionRules) -> dict[str, Estimate]:
    """The figures of the score, and of the decision that it leads to."""
    scores, positive = scores_of(answers, rules), is_positive(answers, rules)
    is_right = (scores >= rules.threshold) == positive
    referred = _referred(answers)
    return {
        "decision_accuracy": estimate_share(int(is_right.sum()), len(answers)),
        "score_calibration_error": estimate_resampled(expected_calibration_error, scores, positive),
        "brier": estimate_resampled(_brier, scores, positive),
        "referred": estimate_share(int(referred.sum()), len(answers)),
        "answered_error": estimate_share(int((~is_right)[~referred].sum()), int((~referred).sum())),
    }


def _brier(scores: FloatArray, positive: BoolArray) -> float:
    return float(np.mean((scores - positive) ** 2))


def _roc(scores: FloatArray, positive: BoolArray) -> tuple[tuple[float, float], ...]:
    if positive.all() or not positive.any():
        return ()
    fpr, tpr, _ = sklearn_roc_curve(positive, scores)
    # Corners matter, not every film: keep as many as a picture can show.
    keep = np.unique(np.linspace(0, len(fpr) - 1, ROC_POINTS).round().astype(int))
    return tuple(zip(fpr[keep].round(5).tolist(), tpr[keep].round(5).tolist(), strict=True))


def _referred(answers: Predictions) -> BoolArray:
    applies = list(answers.causes.values())
    return np.any(applies, axis=0) if applies else np.zeros(len(answers), dtype=bool)


def _mean(hits: BoolArray) -> float | None:
    return float(hits.mean()) if len(hits) else None
