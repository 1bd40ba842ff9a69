"""What the API says of a model, and of a check on a site's own films."""

from typing import Any, Literal, TypedDict

from api_types import Cause, Epoch

SiteVerdict = Literal["go", "caution", "no-go"]
Interval = list[float]  # low, high; of 95 %


class Rates(TypedDict):
    sensitivity: float | None
    specificity: float | None
    sensitivity_interval: Interval | None
    specificity_interval: Interval | None


class OperatingPoint(Rates):
    threshold: float
    chosen_on: str
    aim: str


class Band(TypedDict):
    max_error: float
    low: float
    high: float


class ReferRule(TypedDict):
    chosen_on: str
    n: int
    max_error: float
    bands: list[Band]


class OutlierRule(TypedDict):
    method: str
    threshold: float
    chosen_on: str
    refused: dict[str, dict[str, float]]
    compared: dict[str, dict[str, float]]
    harmless: dict[str, float]


class DeletionTest(TypedDict):
    n: int
    share: float
    hottest: float
    random: float
    hottest_interval: Interval | None
    random_interval: Interval | None


class Stability(TypedDict):
    split: str
    n: int
    kept: dict[str, float]


class ClassMetrics(TypedDict):
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    precision_interval: Interval | None
    recall_interval: Interval | None


class Metrics(TypedDict):
    n: int
    accuracy: float | None
    balanced_accuracy: float | None
    auroc: float | None
    sensitivity: float | None
    specificity: float | None
    decision_accuracy: float | None
    expected_calibration_error: float | None
    score_calibration_error: float | None
    brier: float | None
    referred: float | None
    referred_because: dict[Cause, float]
    answered_error: float | None
    at: dict[str, Rates]
    intervals: dict[str, Interval]
    per_class: dict[str, ClassMetrics]
    confusion: list[list[int]]


class ReliabilityBin(TypedDict):
    n: int
    mean_score: float
    share_positive: float
    interval: Interval


class CoveragePoint(TypedDict):
    max_error: float
    coverage: float
    error: float | None
    missed: float | None
    false_alarms: float | None


class Curves(TypedDict):
    roc: list[list[float]]
    reliability: list[ReliabilityBin]
    coverage: list[CoveragePoint]


class Evaluation(TypedDict):
    overall: Metrics
    per_source: dict[str, Metrics]
    curves: Curves | None


class ReferenceStatistics(TypedDict):
    n: int
    brightness: float
    edge_density: float
    histogram: list[float]


class ReducedFigure(TypedDict):
    """One measure of the fp32 and the int8 form."""

    name: str
    fp32: float | None
    int8: float
    bound: float
    is_met: bool


class Reduced(TypedDict):
    """The int8 form, and what it was held against."""

    calibrated_on: int
    compared_on: int
    figures: list[ReducedFigure]


class CardData(TypedDict):
    split_rule: str
    counts: dict[str, dict[str, dict[str, int]]]
    skipped: dict[str, int]
    manifest_sha256: str


class TrainingRecord(TypedDict):
    backbone: str
    base_weights: str
    recipe: dict[str, Any]
    seed: int
    duration_s: float
    temperature: float
    biases: list[float]
    history: list[Epoch]
    command: str


class Card(TypedDict):
    task: str
    version: str
    parent: str | None
    created_at: str
    code_version: str
    classes: list[str]
    negative_class: str
    operating_points: dict[str, OperatingPoint]
    prevalence: float
    refer: ReferRule | None
    outliers: OutlierRule | None
    weights_sha256: str
    metrics: dict[str, Evaluation]
    heatmap: DeletionTest | None
    stability: Stability | None
    reduced: Reduced | None
    statistics: dict[str, ReferenceStatistics]
    data: CardData
    training: TrainingRecord
    intended_use: str
    limits: str
    failure_modes: list[str]


class Comparison(TypedDict):
    figure: str
    here: float | None
    interval: Interval | None
    card: float | None


class Suggestion(TypedDict):
    threshold: float | None
    temperature: float | None


class SiteReport(TypedDict):
    version: str
    n: int
    counts: dict[str, dict[str, int]]
    skipped: dict[str, int]
    operating_point: str
    threshold: float
    metrics: Metrics
    per_source: dict[str, Metrics]
    curves: Curves
    comparisons: list[Comparison]
    suggestion: Suggestion
    verdict: SiteVerdict
    reasons: list[str]
