"""What was measured of a checkpoint: figures, curves, the heat map's worth, stability."""

from pydantic import Field

from api.model_card.base import CardPart, Interval


class DeletionTest(CardPart):
    """What the heat map is worth: how far the score falls when a fifth of the film is blurred.

    `hottest` where the map is hottest, `random` in as many places drawn at random; mean falls of
    the probability of the shown class, with 95 % intervals.
    """

    n: int
    share: float
    hottest: float
    random: float
    hottest_interval: Interval | None
    random_interval: Interval | None


class Stability(CardPart):
    """Share of films that keep their label when they are changed a little, by kind of change."""

    split: str
    n: int
    kept: dict[str, float]


class Rates(CardPart):
    """Sensitivity and specificity at one operating point, with 95 % intervals (Wilson)."""

    sensitivity: float | None
    specificity: float | None
    sensitivity_interval: Interval | None
    specificity_interval: Interval | None


class ClassMetrics(CardPart):
    """One class against the others; each in [0, 1], None where undefined."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None


class Metrics(CardPart):
    """Measured on `n` labelled images. `confusion` counts [true class][predicted class].

    `accuracy`, `balanced_accuracy`, `per_class` and `confusion` are of the most probable class;
    where films are only known to show some finding, they leave those out. `intervals` are of 95 %,
    by the figure's name: Wilson for shares, DeLong for AUROC, bootstrap for the others.
    """

    n: int
    accuracy: float | None
    balanced_accuracy: float | None
    auroc: float | None = Field(description="Any finding against the negative class.")
    sensitivity: float | None = Field(description="At the operating point in use.")
    specificity: float | None = Field(description="At the operating point in use.")
    decision_accuracy: float | None = Field(
        None, description="Finding or none, at the operating point in use, nothing referred."
    )
    expected_calibration_error: float | None = Field(
        description="Of the most probable class (Guo et al. 2017)."
    )
    score_calibration_error: float | None = Field(
        None, description="Of the score, finding against none."
    )
    brier: float | None = Field(None, description="Mean squared error of the score (Brier 1950).")
    referred: float | None = Field(None, description="Share of films left to a person.")
    referred_because: dict[str, float] = Field(
        default_factory=dict, description="Share of films by cause; one film may have several."
    )
    answered_error: float | None = Field(
        None, description="Share of wrong decisions among the films that were not referred."
    )
    at: dict[str, Rates] = Field(default_factory=dict, description="By operating point.")
    intervals: dict[str, Interval] = Field(default_factory=dict)
    per_class: dict[str, ClassMetrics]
    confusion: tuple[tuple[int, ...], ...]


class CrossValidation(CardPart):
    """What the same training is worth, measured on each film by a network that did not learn of it.

    Films are dealt into `folds` parts, nobody's into two; for each part a network is trained,
    calibrated and given its operating points on the others alone. So this is a figure of the
    method, on all films, where a hold-out of a few would say nothing.
    """

    folds: int
    n: int
    auroc: float
    auroc_interval: Interval = Field(description="Of 95 % (DeLong).")
    at: dict[str, Rates] = Field(description="By operating point, each part's own.")

    @property
    def is_better_than_chance(self) -> bool:
        """By the interval of the AUROC."""
        return self.auroc_interval[0] > 0.5


class ReliabilityBin(CardPart):
    """Films whose score lies in one tenth of [0, 1]."""

    n: int
    mean_score: float
    share_positive: float
    interval: Interval


class CoveragePoint(CardPart):
    """What one bound of error costs: the share of films answered, and the errors among those."""

    max_error: float
    coverage: float
    error: float | None
    missed: float | None = Field(description="Share of films with a finding answered negative.")
    false_alarms: float | None = Field(
        description="Share of films without a finding answered positive."
    )


class Curves(CardPart):
    """What a person would rather look at."""

    roc: tuple[tuple[float, float], ...] = Field(description="(1 - specificity, sensitivity).")
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[CoveragePoint, ...]


class Evaluation(CardPart):
    """Metrics of one split, over all its images and for each source in it."""

    overall: Metrics
    per_source: dict[str, Metrics]
    curves: Curves | None = None
