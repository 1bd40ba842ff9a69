"""The card: everything a checkpoint says about itself, in one JSON file beside the weights."""

from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.quality import QualityBounds
from api.model_card.base import CardPart
from api.model_card.confidence_rule import ConfidenceRule
from api.model_card.decision_rules import (
    AcquisitionRule,
    KindRule,
    OperatingPoint,
    OutlierRule,
    ReferRule,
)
from api.model_card.golden import Golden
from api.model_card.metrics import CrossValidation, DeletionTest, Evaluation, Stability
from api.model_card.quantization import Reduced
from api.model_card.sites.shift_rule import ShiftRule
from api.model_card.sites.unseen_source import UnseenSource

FORMAT = 3
# From this format on a card carries checksums of its decision fields.
SEALED_FORMAT = 3
# How the limits of an imported network begin; retrainings inherit them.
IMPORTED = "Imported: the weights come"


class Epoch(CardPart):
    """One line of the training curve."""

    phase: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None


class ReferenceStatistics(CardPart):
    """Mean figures of one class's training films (see `inputs.images.statistics`)."""

    n: int
    brightness: float
    edge_density: float
    histogram: tuple[float, ...]


class TrainingRecord(CardPart):
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


class Data(CardPart):
    """What it learned from: images per split, source and class, and a digest of their hashes."""

    split_rule: str
    counts: dict[str, dict[str, dict[str, int]]]
    skipped: dict[str, int]
    manifest_sha256: str


class Replay(CardPart):
    """The films that a checkpoint carries along as latent activations (Pellegrini et al. 2020)."""

    sha256: str = Field(description="Of the file.")
    first_trainable: str = Field(description="Layer that the activations go into.")
    frozen_sha256: str = Field(description="Of all before that layer, and of the preprocessing.")
    counts: dict[str, dict[str, dict[str, int]]] = Field(
        description="Films per split, source and class."
    )


class Card(CardPart):
    """The contents of `card.json`."""

    # Of the inputs; the card of another kind says its own.
    input_kind: ClassVar[str] = "image"
    # Whether answers are decided at one: a share of what is not the negative class.
    has_operating_points: ClassVar[bool] = True

    format: int = FORMAT
    task: str
    # A bound in the pattern would be 64 copies of all letters there are: 7 MB in each process.
    version: str = Field(max_length=64, pattern=r"^[\w.+-]+$")
    parent: str | None
    created_at: datetime
    code_version: str
    classes: tuple[str, ...]
    negative_class: str | None
    preprocessing: PreprocessingSpec
    temperature: float = Field(gt=0, description="What serving divides the logits by.")
    operating_points: dict[str, OperatingPoint]
    prevalence: float = Field(
        0.5, gt=0, lt=1, description="Share of films with a finding that the scores assume."
    )
    refer: ReferRule | None = Field(None, description="None: no film is referred for its score.")
    outliers: OutlierRule | None = Field(None, description="None: no film is found unlike.")
    acquisition: AcquisitionRule | None = Field(
        None, description="None: films of unfamiliar sites are not told from others."
    )
    kinds: KindRule | None = Field(None, description="None: the most probable class is named.")
    shift: ShiftRule | None = Field(None, description="None: no stream is found to have shifted.")
    confidence: ConfidenceRule | None = Field(
        None, description="None: accuracy is not estimated by thresholded confidence."
    )
    quality: QualityBounds = QualityBounds()
    weights_sha256: str
    golden: tuple[Golden, ...] = Field(description="What Keras answered.")
    reduced: Reduced | None = Field(
        None, description="The int8 form; None: it was not tried (a retraining has too few films)."
    )
    metrics: dict[str, Evaluation]
    cross_validation: CrossValidation | None = Field(
        None, description="None: there are enough films for a hold-out."
    )
    unseen: tuple[UnseenSource, ...] = Field(
        (), description="Sources that it did not learn from; the last is all; empty: not measured."
    )
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
        may_lack_negative = not (self.has_operating_points or self.negative_class)
        if self.negative_class not in self.classes and not may_lack_negative:
            raise ValueError(f"negative_class '{self.negative_class}' is not among the classes")
        if self.has_operating_points and "balanced" not in self.operating_points:
            raise ValueError("there is no operating point 'balanced'")
        if any(len(golden.probabilities) != len(self.classes) for golden in self.golden):
            raise ValueError("golden outputs and classes differ in number")
        return self

    @property
    def is_sealed(self) -> bool:
        """Whether its file carries checksums; those of former releases do not."""
        return self.format >= SEALED_FORMAT

    @property
    def is_imported(self) -> bool:
        """Whether its weights were trained elsewhere, on films that nobody here knows; so are those
        of what was retrained from it."""
        return IMPORTED in self.limits

    @property
    def negative_index(self) -> int:
        """Position of the negative class among the outputs. Raises: ValueError if none is."""
        return self.classes.index(self.negative_class)
