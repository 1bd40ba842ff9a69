"""The card: everything a checkpoint says about itself, in one JSON file beside the weights."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import from_json, to_json

from api.errors import InvalidCheckpoint, InvalidTask
from api.files import read_bounded, write_atomic
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.quality import QualityBounds
from api.model_card.base import CardPart
from api.model_card.checksums import checksums_of, first_changed
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
from api.tasks.task import Task, load_task

FORMAT = 3
# From this format on a card carries checksums of its decision fields.
SEALED_FORMAT = 3
CHECKSUMS_KEY = "checksums"
# The shipped card has 60 KB and three thousand values. Each wrong one costs 2 KB to be told of.
MAX_BYTES = 4_000_000
# How the limits of an imported network begin; retrainings inherit them.
IMPORTED = "Imported: the weights come"
MAX_VALUES = 50_000


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
    version: str = Field(pattern=r"^[\w.+-]{1,64}$")
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


def read_card(path: Path) -> Card:
    """Parse a card file, and compare it with what publishing wrote and with its task's classes.

    Cards of former releases have no checksums; they are read as they are.

    Raises: InvalidCheckpoint if it is missing, does not describe a checkpoint, or was changed.
    """
    try:
        described = _json_object(path)
        sealed = described.pop(CHECKSUMS_KEY, None)
        card = _card_type(described).model_validate(described)
    except FileNotFoundError as exc:
        raise InvalidCheckpoint(
            f"The checkpoint has no card ('{path.name}' is missing); without it nobody knows what "
            "its pixels and outputs mean. Train it with `python -m api train`, or restore the file."
        ) from exc
    except OSError as exc:
        raise InvalidCheckpoint(f"The card '{path.name}' cannot be read: {exc.strerror}.") from exc
    except ValueError as exc:
        raise InvalidCheckpoint(
            f"The card '{path.name}' cannot be read ({_wrong(exc)}); restore the file "
            "or promote another version."
        ) from exc
    _check_unchanged(path, card, described, sealed)
    _check_classes(path, card)
    return card


def _card_type(described: Mapping[str, Any]) -> type[Card]:
    # It builds on this module.
    from api.model_card.table_card import TableCard

    kinds: dict[object, type[Card]] = {TableCard.input_kind: TableCard}
    return kinds.get(described.get("kind"), Card)


def version_in(path: Path) -> str | None:
    """The version that a card file says, though the rest of it may be refused; None: none."""
    try:
        version = _json_object(path).get("version")
    except (OSError, ValueError):
        return None
    return version if isinstance(version, str) else None


def write_card(path: Path, card: Card) -> None:
    """Write a card file with its checksums, whole or not at all. Raises: StorageFailed."""
    described = from_json(card.model_copy(update={"format": FORMAT}).model_dump_json())
    sealed = described | {CHECKSUMS_KEY: checksums_of(described)}
    write_atomic(path, to_json(sealed, indent=1) + b"\n")


def _json_object(path: Path) -> dict[str, Any]:
    """Raises: OSError, ValueError."""
    described = from_json(read_bounded(path, max_bytes=MAX_BYTES))
    if not isinstance(described, dict):
        raise ValueError("it is no JSON object")
    if _values_in(described) > MAX_VALUES:
        raise ValueError(f"it holds more than {MAX_VALUES} values")
    return described


def _values_in(value: object) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values_in, parts))


def _check_unchanged(path: Path, card: Card, described: dict[str, Any], sealed: Any) -> None:
    if not card.is_sealed and sealed is None:
        return
    changed = first_changed(described, sealed)
    if changed:
        raise InvalidCheckpoint(
            f"The card '{path.name}' was changed after it was published: {changed}. Answers "
            "would no longer mean what was measured; restore the file, or promote another version."
        )


def _check_classes(path: Path, card: Card) -> None:
    """Outputs are told apart by their order alone."""
    try:
        task = _task(card.task)
    except (InvalidTask, OSError) as exc:
        raise InvalidCheckpoint(
            f"The card '{path.name}' is of the task '{card.task[:40]}', which is not known here."
        ) from exc
    if card.classes != task.labels or card.negative_class != task.negative_class:
        raise InvalidCheckpoint(
            f"The card '{path.name}' does not have the classes of the task '{task.name}' in their "
            f"order: {_listed(card.classes, card.negative_class)} instead of "
            f"{_listed(task.labels, task.negative_class)}. Restore the file, or promote another "
            "version."
        )


@lru_cache(maxsize=8)
def _task(name: str) -> Task:
    return load_task(name)


def _listed(classes: tuple[str, ...], negative_class: str | None) -> str:
    shown = ", ".join(name[:40] for name in classes[:12])
    negative = f"'{negative_class[:40]}'" if negative_class else "none"
    return f"classes {shown} with {negative} as negative_class"


def _wrong(exc: ValueError) -> str:
    """What is wrong and where, without the content: that may be long, or anything."""
    if not isinstance(exc, ValidationError):
        return str(exc)
    first = exc.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))[:200] or 'the file'}: {first['msg']}"
