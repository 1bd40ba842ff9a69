"""Cards and metrics made by hand, for rules that need no network."""

from datetime import UTC, datetime

from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.quality import QualityBounds
from api.model_card.base import Interval
from api.model_card.card import Card, Data, TrainingRecord
from api.model_card.decision_rules import Band, KindRule, OperatingPoint, OutlierRule, ReferRule
from api.model_card.golden import Golden
from api.model_card.metrics import (
    ClassMetrics,
    CoveragePoint,
    Curves,
    DeletionTest,
    Evaluation,
    Metrics,
    Rates,
    ReliabilityBin,
    Stability,
)

CLASSES = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
# What came with format 2 of the card; one of format 1 has none of it.
NEW_FIELDS = (
    "prevalence", "refer", "outliers", "quality", "heatmap", "stability", "reduced",
    "failure_modes", "acquisition", "kinds", "cross_validation", "confidence",
)  # fmt: skip

AT = {
    "balanced": Rates(
        sensitivity=0.9,
        specificity=0.8,
        sensitivity_interval=(0.76, 0.96),
        specificity_interval=(0.64, 0.9),
    ),
    "screening": Rates(
        sensitivity=0.98,
        specificity=0.6,
        sensitivity_interval=(0.87, 1.0),
        specificity_interval=(0.44, 0.74),
    ),
    "confirm": Rates(
        sensitivity=0.7,
        specificity=0.98,
        sensitivity_interval=(0.55, 0.82),
        specificity_interval=(0.87, 1.0),
    ),
}
CURVES = Curves(
    roc=((0.0, 0.0), (0.2, 0.9), (1.0, 1.0)),
    reliability=(
        ReliabilityBin(n=20, mean_score=0.1, share_positive=0.15, interval=(0.05, 0.36)),
        ReliabilityBin(n=20, mean_score=0.9, share_positive=0.85, interval=(0.64, 0.95)),
    ),
    coverage=(
        CoveragePoint(max_error=0.02, coverage=0.7, error=0.0, missed=0.0, false_alarms=0.0),
        CoveragePoint(max_error=0.1, coverage=0.9, error=0.06, missed=0.05, false_alarms=0.07),
    ),
)
REFER = ReferRule(
    chosen_on="validation",
    n=120,
    max_error=0.02,
    bands=(
        Band(max_error=0.02, low=0.2, high=0.6),
        Band(max_error=0.05, low=0.3, high=0.55),
        Band(max_error=0.1, low=0.45, high=0.5),
    ),
)


def metrics(
    *,
    n: int = 40,
    balanced_accuracy: float | None = 0.9,
    auroc: float | None = None,
    score_calibration_error: float | None = 0.03,
    referred: float | None = 0.1,
    referred_because: dict[str, float] | None = None,
    intervals: dict[str, Interval] | None = None,
    sensitivity: float | None = 0.9,
    specificity: float | None = 0.8,
) -> Metrics:
    """Metrics whose interesting figures are given."""
    one = ClassMetrics(precision=0.9, recall=0.9, f1=0.9, support=n // 4)
    return Metrics(
        n=n,
        accuracy=0.9,
        balanced_accuracy=balanced_accuracy,
        auroc=auroc,
        sensitivity=sensitivity,
        specificity=specificity,
        decision_accuracy=0.85,
        expected_calibration_error=0.05,
        score_calibration_error=score_calibration_error,
        brier=0.08,
        referred=referred,
        referred_because=referred_because or {},
        answered_error=0.02,
        at=AT,
        intervals=intervals or {},
        per_class=dict.fromkeys(CLASSES, one),
        confusion=((9, 1, 0, 0), (0, 10, 0, 0), (0, 0, 10, 0), (0, 0, 0, 10)),
    )


def card(
    *,
    version: str = "v1",
    weights_sha256: str = "0" * 64,
    temperature: float = 1.0,
    threshold: float = 0.5,
    golden: tuple[Golden, ...] = (),
    prevalence: float = 0.5,
    refer: ReferRule | None = None,
    outliers: OutlierRule | None = None,
    holdout: Metrics | None = None,
    kinds: KindRule | None = None,
) -> Card:
    """A complete card of a network that does not exist; refers nothing unless told to."""
    measured = holdout or metrics()
    return Card(
        task="pneumonia",
        version=version,
        parent=None,
        created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        code_version="0.1.0",
        classes=CLASSES,
        negative_class="Normal",
        preprocessing=PreprocessingSpec(window_low=0.01, window_high=0.99),
        temperature=temperature,
        operating_points={
            "balanced": point(threshold, sensitivity=0.9, specificity=0.8),
            "screening": point(threshold / 2, sensitivity=0.98, specificity=0.6),
            "confirm": point((1 + threshold) / 2, sensitivity=0.7, specificity=0.98),
        },
        prevalence=prevalence,
        refer=refer,
        outliers=outliers,
        kinds=kinds,
        quality=QualityBounds(min_side_px=128, max_aspect=2.2, min_grey_range=60, max_clipped=0.7),
        weights_sha256=weights_sha256,
        golden=golden,
        metrics={
            "holdout": Evaluation(overall=measured, per_source={"here": measured}, curves=CURVES)
        },
        heatmap=DeletionTest(
            n=40,
            share=0.2,
            hottest=0.3,
            random=0.05,
            hottest_interval=(0.2, 0.4),
            random_interval=(0.0, 0.1),
        ),
        stability=Stability(split="holdout", n=40, kept={"JPEG 70": 0.975}),
        statistics={},
        data=Data(
            split_rule="by hand",
            counts={"train": {"here": {"Normal": 3}}},
            skipped={},
            manifest_sha256="1" * 64,
        ),
        training=TrainingRecord(
            backbone="none",
            base_weights="none",
            recipe={},
            seed=1,
            duration_s=60.0,
            temperature=1.0,
            biases=(0.0,) * len(CLASSES),
            history=(),
        ),
        intended_use="For tests.",
        limits="Knows nothing.",
        failure_modes=("Everything else.",),
    )


def point(threshold: float, *, sensitivity: float, specificity: float) -> OperatingPoint:
    """A cut and what it gave."""
    return OperatingPoint(
        threshold=threshold,
        chosen_on="validation",
        aim="by hand",
        sensitivity=sensitivity,
        specificity=specificity,
    )
