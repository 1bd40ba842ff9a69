"""The card: everything a checkpoint says about itself, in one JSON file beside the weights."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.errors import InvalidCheckpoint
from api.files import write_atomic
from api.inputs.preprocessing import PreprocessingSpec
from api.inputs.quality import QualityBounds
from api.tasks.task import Finding

FORMAT = 2

Interval = tuple[float, float]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OperatingPoint(_Part):
    """A threshold on the score (1 - P(negative class)) and what it gave where it was chosen.

    Intervals are of 95 % (Wilson).
    """

    threshold: float = Field(ge=0, le=1)
    chosen_on: str
    aim: str = Field("", description="What it was chosen for, in words.")
    sensitivity: float | None
    specificity: float | None
    sensitivity_interval: Interval | None = None
    specificity_interval: Interval | None = None


class Band(_Part):
    """Where answers are referred when at most `max_error` wrong ones are wanted.

    From `low` on films with a finding are usual, up to `high` films without: a negative answer
    needs a score below `low`, a positive one a score above `high`.

    `max_error` bounds, in expectation, the share of films with a finding that are answered
    negative, and the share of those without that are answered positive.
    """

    max_error: float = Field(gt=0, lt=1)
    low: float
    high: float

    def referred(self, scores: npt.NDArray[np.floating], threshold: float) -> npt.NDArray[np.bool_]:
        """Which scores' answers at a threshold do not keep the bound; (n,) -> (n,)."""
        return np.where(scores < threshold, scores >= self.low, scores <= self.high)

    def ends(self, threshold: float) -> Interval | None:
        """The lowest and the highest score that is referred at a threshold; None: no score is."""
        low, high = min(self.low, threshold), max(self.high, threshold)
        return (low, high) if self.low < threshold or self.high >= threshold else None


class ReferRule(_Part):
    """When the score alone says too little: a band for each bound, narrowest bound first."""

    chosen_on: str
    n: int
    max_error: float = Field(description="The bound that serves unless another is set.")
    bands: tuple[Band, ...]


class OutlierRule(_Part):
    """When a picture is unlike the films that were learned from.

    The score is a distance of pooled features from the reference in the file beside the weights,
    divided by the threshold: above 1 is unlike.
    """

    method: str
    reference_sha256: str
    threshold: float = Field(gt=0)
    chosen_on: str
    refused: dict[str, dict[str, float]] = Field(
        description="Share of real films refused, per split and source."
    )
    compared: dict[str, dict[str, float]] = Field(
        description="For each method measured, the share of each kind of generated stranger caught."
    )


class DeletionTest(_Part):
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


class Stability(_Part):
    """Share of films that keep their label when they are changed a little, by kind of change."""

    split: str
    n: int
    kept: dict[str, float]


class Rates(_Part):
    """Sensitivity and specificity at one operating point, with 95 % intervals (Wilson)."""

    sensitivity: float | None
    specificity: float | None
    sensitivity_interval: Interval | None
    specificity_interval: Interval | None


class ClassMetrics(_Part):
    """One class against the others; each in [0, 1], None where undefined."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None


class Metrics(_Part):
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


class ReliabilityBin(_Part):
    """Films whose score lies in one tenth of [0, 1]."""

    n: int
    mean_score: float
    share_positive: float
    interval: Interval


class CoveragePoint(_Part):
    """What one bound of error costs: the share of films answered, and the errors among those."""

    max_error: float
    coverage: float
    error: float | None
    missed: float | None = Field(description="Share of films with a finding answered negative.")
    false_alarms: float | None = Field(
        description="Share of films without a finding answered positive."
    )


class Curves(_Part):
    """What a person would rather look at."""

    roc: tuple[tuple[float, float], ...] = Field(description="(1 - specificity, sensitivity).")
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[CoveragePoint, ...]


class Evaluation(_Part):
    """Metrics of one split, over all its images and for each source in it."""

    overall: Metrics
    per_source: dict[str, Metrics]
    curves: Curves | None = None


class Epoch(_Part):
    """One line of the training curve."""

    phase: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None


class ReferenceStatistics(_Part):
    """Mean figures of one class's training films (see `inputs.statistics`)."""

    n: int
    brightness: float
    edge_density: float
    histogram: tuple[float, ...]


class Golden(_Part):
    """A generated film and the probabilities that Keras gave for it, in class order."""

    finding: Finding
    seed: int
    probabilities: tuple[float, ...]


class TrainingRecord(_Part):
    """How the weights came to be."""

    backbone: str
    base_weights: str
    recipe: dict[str, Any]
    seed: int
    duration_s: float
    temperature: float = Field(
        description="Fitted on validation and folded into the last layer, so it needs no applying."
    )
    biases: tuple[float, ...] = Field(description="Of the classes; fitted and folded likewise.")
    history: tuple[Epoch, ...]
    command: str = Field("", description="What was typed; empty for a retraining.")


class Data(_Part):
    """What it learned from: images per split, source and class, and a digest of their hashes."""

    split_rule: str
    counts: dict[str, dict[str, dict[str, int]]]
    skipped: dict[str, int]
    manifest_sha256: str


class Card(_Part):
    """The contents of `card.json`."""

    format: int = FORMAT
    task: str
    version: str
    parent: str | None
    created_at: datetime
    code_version: str
    classes: tuple[str, ...]
    negative_class: str
    preprocessing: PreprocessingSpec
    temperature: float = Field(gt=0, description="What serving divides the logits by.")
    operating_points: dict[str, OperatingPoint]
    prevalence: float = Field(
        0.5, gt=0, lt=1, description="Share of films with a finding that the scores assume."
    )
    refer: ReferRule | None = Field(None, description="None: no film is referred for its score.")
    outliers: OutlierRule | None = Field(None, description="None: no film is found unlike.")
    quality: QualityBounds = QualityBounds()
    weights_sha256: str
    golden: tuple[Golden, ...]
    metrics: dict[str, Evaluation]
    heatmap: DeletionTest | None = None
    stability: Stability | None = None
    statistics: dict[str, ReferenceStatistics]
    data: Data
    training: TrainingRecord
    intended_use: str
    limits: str
    failure_modes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        if self.negative_class not in self.classes:
            raise ValueError(f"negative_class '{self.negative_class}' is not among the classes")
        if "balanced" not in self.operating_points:
            raise ValueError("there is no operating point 'balanced'")
        if any(len(golden.probabilities) != len(self.classes) for golden in self.golden):
            raise ValueError("golden outputs and classes differ in number")
        return self

    @property
    def negative_index(self) -> int:
        """Position of the negative class among the outputs."""
        return self.classes.index(self.negative_class)


def read_card(path: Path) -> Card:
    """Parse a card file.

    Raises: InvalidCheckpoint if it is missing or does not describe a checkpoint.
    """
    try:
        return Card.model_validate_json(path.read_bytes())
    except FileNotFoundError as exc:
        raise InvalidCheckpoint(
            f"The checkpoint has no card ('{path.name}' is missing); without it nobody knows what "
            "its pixels and outputs mean. Train it with `python -m api train`, or restore the file."
        ) from exc
    except OSError as exc:
        raise InvalidCheckpoint(f"The card '{path.name}' cannot be read: {exc.strerror}.") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InvalidCheckpoint(
            f"The card '{path.name}' cannot be read ({where}: {first['msg']}); restore the file "
            "or promote another version."
        ) from exc


def write_card(path: Path, card: Card) -> None:
    """Write a card file, whole or not at all."""
    write_atomic(path, (card.model_dump_json(indent=1) + "\n").encode())


def now() -> datetime:
    """The current time, UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
