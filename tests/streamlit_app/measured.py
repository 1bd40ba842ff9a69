"""Figures that tests write out in sentences, tables and charts.

mypy holds their fields to the types generated from the API's OpenAPI document.
"""

from typing import cast

from api_types import (
    Card,
    ClassMetrics,
    Comparison,
    CoveragePoint,
    Curves,
    DeletionTest,
    Epoch,
    Evaluation,
    Metrics,
    OperatingPoint,
    OutlierRule,
    Rates,
    ReliabilityBin,
    Stability,
)
from tests.streamlit_app import answers

SUPPORT = (50, 204, 100, 204)
CONFUSION = [[45, 2, 1, 2], [1, 195, 3, 5], [2, 3, 85, 10], [3, 10, 41, 150]]
BY_CLASS = {"Normal": 1000, "Pneumonia-Viral": 800}
COUNTS = {
    split: {"kermany": BY_CLASS, "radiography": {"COVID-19": 300}} for split in ("train", "holdout")
}
HISTORY = [
    Epoch(
        phase=phase,
        epoch=epoch,
        loss=1.0 - 0.1 * step,
        accuracy=0.6 + 0.08 * step,
        val_loss=1.1 - 0.1 * step,
        val_accuracy=0.6 + 0.05 * step,
    )
    for step, (phase, epoch) in enumerate([("head", 1), ("head", 2), ("tail", 1), ("tail", 2)])
]
CURVES = Curves(
    roc=[(0.0, 0.0), (0.0, 0.8), (0.05, 0.95), (1.0, 1.0)],
    reliability=[
        ReliabilityBin(n=300, mean_score=0.04, share_positive=0.05, interval=(0.03, 0.08)),
        ReliabilityBin(n=20, mean_score=0.35, share_positive=0.6, interval=(0.39, 0.78)),
    ],
    coverage=[
        CoveragePoint(max_error=0.01, coverage=0.8, error=0.011, missed=0.01, false_alarms=0.01),
        CoveragePoint(max_error=0.02, coverage=0.92, error=0.021, missed=0.02, false_alarms=None),
    ],
)
OUTLIERS = OutlierRule(
    method="mahalanobis",
    reference_sha256="0" * 64,
    threshold=1.3,
    chosen_on="validation",
    refused={"holdout": {"kermany": 0.01, "radiography": 0.02}},
    compared={
        "mahalanobis": {"turned left": 0.9, "inverted": 0.7},
        "nearest neighbours": {"turned left": 0.8, "inverted": 0.6},
    },
    harmless={"turned left": 0.97, "inverted": 0.88},
)
DELETION = DeletionTest(
    n=300,
    share=0.2,
    hottest=0.31,
    random=0.12,
    hottest_interval=(0.28, 0.34),
    random_interval=(0.1, 0.14),
)
STABILITY = Stability(split="holdout", n=300, kept={"cropped by 10%": 0.91, "gamma 1.25": 0.99})
COMPARISONS = [
    Comparison(figure="auroc", here=0.81, interval=(0.75, 0.87), card=0.97),
    Comparison(figure="sensitivity", here=0.93, interval=(0.85, 0.98), card=0.95),
    Comparison(figure="accuracy", here=None, interval=None, card=0.88),
]


def rates(sensitivity: float, specificity: float | None) -> Rates:
    return Rates(
        sensitivity=sensitivity,
        specificity=specificity,
        sensitivity_interval=(sensitivity - 0.02, 0.99),
        specificity_interval=None if specificity is None else (specificity - 0.02, 0.99),
    )


AT = {"balanced": rates(0.95, 0.96), "screening": rates(0.98, 0.9), "confirm": rates(0.9, 0.985)}


def metrics(*, accuracy: float | None = 0.85, auroc: float | None = 0.97) -> Metrics:
    return Metrics(
        n=sum(SUPPORT),
        accuracy=accuracy,
        balanced_accuracy=0.86,
        auroc=auroc,
        sensitivity=0.95,
        specificity=0.95,
        decision_accuracy=0.95,
        expected_calibration_error=0.03,
        score_calibration_error=0.02,
        brier=0.041,
        referred=0.08,
        referred_because={"uncertain": 0.07, "unlike": 0.01},
        answered_error=0.02,
        at=AT,
        intervals={"accuracy": (0.82, 0.88), "auroc": (0.96, 0.98), "referred": (0.06, 0.1)},
        per_class=per_class(),
        confusion=CONFUSION,
    )


def per_class() -> dict[str, ClassMetrics]:
    """Of each class; recall has no interval."""
    rows = zip(answers.CLASSES, CONFUSION, SUPPORT, strict=True)
    return {
        name: ClassMetrics(
            precision=0.9,
            recall=row[place] / n,
            f1=0.88,
            support=n,
            precision_interval=(0.85, 0.94),
            recall_interval=None,
        )
        for place, (name, row, n) in enumerate(rows)
    }


def evaluation() -> Evaluation:
    """Of two sources, on one of which it is better."""
    sources = {"kermany": metrics(), "radiography": metrics(accuracy=0.95)}
    return Evaluation(overall=metrics(), per_source=sources, curves=CURVES)


def card() -> Card:
    """The recorded card with these figures."""
    described = cast(Card, answers.card())
    described["operating_points"] = {
        name: OperatingPoint(threshold=cut, chosen_on="validation", aim=f"for {name}", **AT[name])
        for name, cut in {"balanced": 0.4, "screening": 0.2, "confirm": 0.8}.items()
    }
    described["metrics"] = {"holdout": evaluation()}
    described["data"]["counts"] = COUNTS
    return described
