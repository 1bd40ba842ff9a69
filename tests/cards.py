"""Cards and metrics made by hand, for rules that need no network."""

from datetime import UTC, datetime

from api.inputs.preprocessing import PreprocessingSpec
from api.registry.card import (
    Card,
    ClassMetrics,
    Data,
    Evaluation,
    Golden,
    Metrics,
    OperatingPoint,
    TrainingRecord,
)

CLASSES = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")


def metrics(*, n: int = 40, balanced_accuracy: float = 0.9) -> Metrics:
    """Metrics whose one interesting figure is given."""
    one = ClassMetrics(precision=0.9, recall=0.9, f1=0.9, support=n // 4)
    return Metrics(
        n=n,
        accuracy=0.9,
        balanced_accuracy=balanced_accuracy,
        auroc=None,
        sensitivity=0.9,
        specificity=0.8,
        expected_calibration_error=0.05,
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
) -> Card:
    """A complete card of a network that does not exist."""
    point = OperatingPoint(
        threshold=threshold, chosen_on="validation", sensitivity=0.9, specificity=0.8
    )
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
        operating_points={"balanced": point},
        weights_sha256=weights_sha256,
        golden=golden,
        metrics={"holdout": Evaluation(overall=metrics(), per_source={"here": metrics()})},
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
    )
