"""The card: everything a checkpoint says about itself, in one JSON file beside the weights."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from api.errors import InvalidCheckpoint
from api.files import write_atomic
from api.inputs.preprocessing import PreprocessingSpec
from api.inputs.quality import QualityBounds
from api.registry.golden import Golden
from api.registry.measures import DeletionTest, Evaluation, Stability
from api.registry.part import Part
from api.registry.precision import Reduced
from api.registry.rules import OperatingPoint, OutlierRule, ReferRule

FORMAT = 2


class Epoch(Part):
    """One line of the training curve."""

    phase: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None


class ReferenceStatistics(Part):
    """Mean figures of one class's training films (see `inputs.statistics`)."""

    n: int
    brightness: float
    edge_density: float
    histogram: tuple[float, ...]


class TrainingRecord(Part):
    """How the weights came to be."""

    backbone: str
    base_weights: str
    recipe: dict[str, Any]
    seed: int
    duration_s: float
    temperature: float = Field(
        description="What calibrating divided the logits by on average. It was fitted on "
        "validation and is folded into the last layer, so nothing needs applying."
    )
    calibration_matrix: tuple[tuple[float, ...], ...] = Field(
        (), description="What logits were multiplied by, a row a class; empty: 1 / temperature."
    )
    biases: tuple[float, ...] = Field(description="Of the classes; fitted and folded likewise.")
    history: tuple[Epoch, ...]
    command: str = Field("", description="What was typed; empty for a retraining.")


class Data(Part):
    """What it learned from: images per split, source and class, and a digest of their hashes."""

    split_rule: str
    counts: dict[str, dict[str, dict[str, int]]]
    skipped: dict[str, int]
    manifest_sha256: str


class Replay(Part):
    """The films that a checkpoint carries along as latent activations (Pellegrini et al. 2020)."""

    sha256: str = Field(description="Of the file.")
    first_trainable: str = Field(description="Layer that the activations go into.")
    frozen_sha256: str = Field(description="Of all before that layer, and of the preprocessing.")
    counts: dict[str, dict[str, dict[str, int]]] = Field(
        description="Films per split, source and class."
    )


class Card(Part):
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
    golden: tuple[Golden, ...] = Field(description="What Keras answered.")
    reduced: Reduced | None = Field(
        None, description="The int8 form; None: it was not tried (a retraining has too few films)."
    )
    metrics: dict[str, Evaluation]
    heatmap: DeletionTest | None = None
    stability: Stability | None = None
    statistics: dict[str, ReferenceStatistics]
    data: Data
    replay: Replay | None = Field(None, description="None: it can be served, but not retrained.")
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
