"""How good: the figures of a card, from answers and true classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from sklearn.metrics import roc_curve as sklearn_roc_curve

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.calibration import expected_calibration_error, reliability
from api.evaluation.intervals import delong, resampled, wilson
from api.evaluation.operating_points import BALANCED, rates
from api.model_card.base import Interval
from api.model_card.decision_rules import OperatingPoint, ReferRule
from api.model_card.metrics import ClassMetrics, CoveragePoint, Curves, Evaluation, Metrics

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
    """Metrics of one set of films.

    Balanced accuracy is the mean recall of the classes that occur.
    """
    scores = scores_of(answers, rules)
    positive = answers.targets != rules.negative_index
    flagged = scores >= rules.threshold
    at = {
        name: rates(scores, positive, point.threshold)
        for name, point in rules.operating_points.items()
    }
    referred = _referred(answers)
    intervals = _IntervalCollector()
    auroc = delong(positive, scores)
    right = int((flagged == positive).sum())
    return Metrics(
        n=len(answers),
        **_of_labels(answers, rules, intervals),
        auroc=intervals.note("auroc", *auroc) if auroc else None,
        sensitivity=intervals.note(
            "sensitivity",
            at[rules.operating_point].sensitivity,
            at[rules.operating_point].sensitivity_interval,
        ),
        specificity=intervals.note(
            "specificity",
            at[rules.operating_point].specificity,
            at[rules.operating_point].specificity_interval,
        ),
        decision_accuracy=intervals.share("decision_accuracy", right, len(answers)),
        score_calibration_error=intervals.note(
            "score_calibration_error",
            expected_calibration_error(scores, positive),
            resampled(expected_calibration_error, scores, positive),
        ),
        brier=intervals.note(
            "brier", _brier(scores, positive), resampled(_brier, scores, positive)
        ),
        referred=intervals.share("referred", int(referred.sum()), len(answers)),
        referred_because={name: float(rows.mean()) for name, rows in answers.causes.items()},
        answered_error=intervals.share(
            "answered_error", int((flagged != positive)[~referred].sum()), int((~referred).sum())
        ),
        at=at,
        intervals=intervals.found,
    )


def curves(answers: Predictions, rules: DecisionRules) -> Curves:
    """ROC, reliability of the score, and coverage against error for each bound in the rule."""
    scores = scores_of(answers, rules)
    positive = answers.targets != rules.negative_index
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


class _IntervalCollector:
    """Collects the intervals of figures as they are computed."""

    def __init__(self) -> None:
        self.found: dict[str, Interval] = {}

    def note(self, name: str, value: float | None, interval: Interval | None) -> float | None:
        if interval is not None:
            self.found[name] = interval
        return value

    def share(self, name: str, hits: int, n: int) -> float | None:
        return self.note(name, hits / n if n else None, wilson(hits, n))


def _of_labels(
    answers: Predictions, rules: DecisionRules, intervals: _IntervalCollector
) -> dict[str, object]:
    """The figures that need the exact class of a film."""
    known = answers.where(answers.targets >= 0)
    # Films without a finding alone are no test of telling the findings apart.
    if len(known) < len(answers) and not (known.targets != rules.negative_index).any():
        known = known.where(np.zeros(len(known), dtype=bool))
    targets, predicted = known.targets, known.probabilities.argmax(axis=1)
    correct = predicted == targets
    labels = list(range(len(rules.classes)))
    precision, recall, f1, support = (
        precision_recall_fscore_support(targets, predicted, labels=labels, zero_division=np.nan)
        if len(known)
        else np.vstack([np.full((3, len(labels)), np.nan), np.zeros(len(labels))])
    )
    confidence = known.probabilities.max(axis=1)
    return {
        "accuracy": intervals.share("accuracy", int(correct.sum()), len(known)),
        "balanced_accuracy": intervals.note(
            "balanced_accuracy",
            _balanced(targets, predicted) if len(known) else None,
            resampled(_balanced, targets, predicted),
        ),
        "expected_calibration_error": intervals.note(
            "expected_calibration_error",
            expected_calibration_error(confidence, correct) if len(known) else None,
            resampled(expected_calibration_error, confidence, correct),
        ),
        "per_class": {
            name: ClassMetrics(
                precision=_number(precision[row]),
                recall=_number(recall[row]) if support[row] else None,
                f1=_number(f1[row]) if support[row] else None,
                support=int(support[row]),
                precision_interval=wilson(
                    int((correct & (predicted == row)).sum()), int((predicted == row).sum())
                ),
                recall_interval=wilson(
                    int((correct & (targets == row)).sum()), int((targets == row).sum())
                ),
            )
            for row, name in enumerate(rules.classes)
        },
        "confusion": tuple(map(tuple, confusion_matrix(targets, predicted, labels=labels).tolist()))
        if len(known)
        else tuple((0,) * len(labels) for _ in labels),
    }


def _balanced(targets: IntArray, predicted: IntArray) -> float:
    return float(np.mean([(predicted[targets == t] == t).mean() for t in np.unique(targets)]))


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


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
