"""The card: everything a checkpoint says about itself, in one JSON file beside the weights."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.errors import InvalidCheckpoint
from api.files import write_atomic
from api.inputs.preprocessing import PreprocessingSpec
from api.tasks.task import Finding

FORMAT = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OperatingPoint(_Part):
    """A threshold on the score (1 - P(negative class)) and what it gave where it was chosen."""

    threshold: float = Field(ge=0, le=1)
    chosen_on: str
    sensitivity: float | None
    specificity: float | None


class ClassMetrics(_Part):
    """One class against the others; each in [0, 1], None where undefined."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


class Metrics(_Part):
    """Measured on `n` labelled images. `confusion` counts [true class][predicted class]."""

    n: int
    accuracy: float
    balanced_accuracy: float
    auroc: float | None = Field(description="Any finding against the negative class.")
    sensitivity: float | None = Field(description="At the balanced operating point.")
    specificity: float | None = Field(description="At the balanced operating point.")
    expected_calibration_error: float
    per_class: dict[str, ClassMetrics]
    confusion: tuple[tuple[int, ...], ...]


class Evaluation(_Part):
    """Metrics of one split, over all its images and for each source in it."""

    overall: Metrics
    per_source: dict[str, Metrics]


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
    weights_sha256: str
    golden: tuple[Golden, ...]
    metrics: dict[str, Evaluation]
    statistics: dict[str, ReferenceStatistics]
    data: Data
    training: TrainingRecord
    intended_use: str
    limits: str

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
