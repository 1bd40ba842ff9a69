"""What is classified: classes, where their images are found, how a network learns them."""

import os
import re
import tomllib
import unicodedata
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.errors import InvalidTask

FOLDER = Path(__file__).parent
# Read here and not from the settings: whoever reads a card compares it with its task.
OWN_FOLDER = "ROENTGEN_TASKS_DIR"
# Between the words of a folder's name: spaces, underscores, hyphens and dashes.
SEPARATORS = re.compile(r"[\s_\u00ad\u2010-\u2015\u2212-]+")

Finding = Literal["clear", "lobar", "reticular", "peripheral", "round mass", "spiculated mass"]
Kind = Literal["image", "tabular"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CodedTerm(_Section):
    """A code of a terminology, as DICOM and FHIR name it: `SCT` is SNOMED CT."""

    scheme: str = Field(min_length=1, max_length=16)
    value: str = Field(min_length=1, max_length=16)
    meaning: str = Field(min_length=1, max_length=64)


class ClassInfo(_Section):
    """One class: its name, what it means in plain words, other names its folders go by, and what
    reports for other systems call it; None: by a code of Roentgen's own."""

    name: str
    meaning: str
    aliases: tuple[str, ...] = ()
    term: CodedTerm | None = None
    # What a generated picture of it shows; None: there is none.
    phantom: Finding | None = None

    @property
    def finding(self) -> Finding:
        """What to draw where any picture will do."""
        return self.phantom or "clear"


class Wording(_Section):
    """How people call what is classified, in sentences that the program puts together."""

    inputs: str = Field("Images", description="What may be sent, as a title says it.")
    images: str = Field("images", description="The same within a sentence.")
    unlike: str = Field(
        "of something else, or turned, inverted or from very different equipment",
        description="What a picture may be that is unlike them, behind `it may be`.",
    )
    public_data: str = Field("", description="Where such images are found, as Markdown.")


class DicomExpectations(_Section):
    """What a DICOM film's tags must say for an answer without a person; absent tags say nothing."""

    body_parts: tuple[str, ...] = Field(
        (), description="Words of which the body part holds one, in capitals; none: any part."
    )
    frontal_only: bool = Field(
        False, description="Whether films taken from the side are referred to a person."
    )
    procedure: CodedTerm | None = Field(
        None, description="What a report says was done; None: some radiograph."
    )


class CoarseLabel(_Section):
    """A label that several classes fit: it says that there is a finding, and not which.

    `aliases` are other names that folders with such films go by.
    """

    name: str
    meaning: str
    classes: tuple[str, ...] = Field(min_length=1, description="The classes that it allows.")
    aliases: tuple[str, ...] = ()


class LayoutRule(_Section):
    """Tells label, source and patient of an image from its path below the data folder.

    `pattern` is searched in the path with `/` separators; its group `patient`, when it has one,
    names the patient; or its group `pair`, a number, of which an odd one and the next even one are
    of one patient. A rule that is `in_class_folder` counts only below a folder of its class:
    where the name alone is too common to tell one.
    """

    source: str
    label: str
    pattern: str
    in_class_folder: bool = False

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


class Augmentation(_Section):
    """Ranges that one random variant of a film is drawn from; sizes as fractions of the side."""

    rotation_deg: float = 0.0
    min_crop: float = 1.0
    max_crop: float = 1.0
    shift: float = 0.0
    aspect: float = 0.0
    gamma: float = 0.0
    contrast: float = 0.0
    blur_px: float = 0.0
    sharpen: float = 0.0
    noise: float = 0.0
    erase: float = 0.0
    equalize: float = 0.0
    jpeg: float = 0.0
    text: float = 0.0


class Sampling(_Section):
    """How often films are shown by what their source holds; see `training.sampling`."""

    balance: float = Field(
        1.0, ge=0, le=1, description="1: each source's films with a finding as often as without."
    )
    one_sided: float = Field(
        1.0, gt=0, le=1, description="Share of that for sources that hold findings only, or none."
    )
    doubt: float = Field(
        0.0, ge=0, lt=0.5, description="What the negative class gets of a finding's label there."
    )


class FoldFits(_Section):
    """How a retraining learns a site's films in parts, so that each film is also judged.

    Each part is left out of one of the fits; what is published is the mean of their weights.
    """

    folds: int = Field(3, ge=2)
    epochs: int = Field(12, ge=1, description="Fewer where an epoch has many batches.")
    max_steps: int = Field(240, ge=1, description="Batches that a fit has at most.")
    learning_rate: float = Field(1.5e-3, gt=0)
    replay_ratio: float = Field(
        1.7, gt=0, description="Remembered films in an epoch for each new one, as far as there are."
    )


class Recipe(_Section):
    """How a network is fitted: a head on the frozen backbone, then the backbone's tail."""

    head_epochs: int = Field(ge=0)
    head_learning_rate: float = Field(gt=0)
    tail_epochs: int = Field(ge=0)
    tail_learning_rate: float = Field(gt=0)
    tail_from: str = Field(description="First backbone layer that learns in the second phase.")
    batch_norm: Literal["frozen", "trained"] = Field(
        "frozen", description="Whether batch normalisation learns with the layers around it."
    )
    variants: int = Field(
        0, ge=0, description="Augmented variants of a film that a retraining draws from."
    )
    distillation: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the parent's answer in what a retraining teaches of known films.",
    )
    batch_size: int = Field(ge=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    mixup: float = Field(
        0.0, ge=0, description="Both parameters of the Beta that mixing shares are drawn from."
    )
    style_mixing: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of batches whose films take some of each other's style inside the "
        "network (Zhou et al. 2021).",
    )
    weight_decay: float = Field(0.0, ge=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    ema_momentum: float = Field(0.0, ge=0, lt=1, description="Weight averaging; 0: none.")
    kept_change: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of what fine-tuning changed that is kept: the weights lie between the "
        "ones it began with and the ones it ended with (Wortsman et al. 2022).",
    )
    max_forgotten: float | None = Field(
        None, ge=0, le=1, description="In a retraining that share is chosen: see `weight_share`."
    )
    max_forgotten_site: float | None = Field(
        None,
        ge=0,
        le=1,
        description="The same for a version that answers one site only; None: there is none.",
    )
    fold_fits: FoldFits | None = Field(
        None,
        description="How a retraining learns where a site has films enough for a profile; None: "
        "as without sites.",
    )
    sampling: Sampling | None = Field(
        None, description="None: each film once an epoch, rare kinds with more weight."
    )
    validation_fraction: float = Field(gt=0, lt=1)
    holdout_fraction: float = Field(gt=0, lt=1)
    folds: int = Field(
        0,
        ge=0,
        description="Parts of all films that are each left out once, so that a few films tell "
        "something; 0: none.",
    )
    augmentation: Augmentation = Augmentation()


class DecisionAims(_Section):
    """What operating points and referral are chosen for."""

    wanted_rate: float = Field(
        0.97, gt=0, lt=1, description="Sensitivity of `screening`, specificity of `confirm`."
    )
    max_error: float = Field(
        0.02, gt=0, lt=1, description="Bound on wrong answers that decides what is referred."
    )
    unfamiliar_max_error: float = Field(
        0.005, gt=0, lt=1, description="The bound for films of unfamiliar sites."
    )
    operating_point: Literal["balanced", "screening", "confirm"] = Field(
        "balanced", description="What decides where no setting says another."
    )
    max_refused: float = Field(
        0.02, gt=0, lt=1, description="Share of each source's films that may be found unlike."
    )
    max_unfamiliar: float = Field(
        0.1, gt=0, lt=1, description="Share of each source's films that may count as unfamiliar."
    )
    kind_coverage: float = Field(
        0.95, gt=0, lt=1, description="Share of findings whose class is among those left open."
    )


class Task(_Section):
    """A task file, parsed. Classes are in output order."""

    name: str
    kind: Kind = "image"
    title: str
    question: str
    # None: no class says that there is nothing; only tables may go without.
    negative_class: str | None = None
    # File name of the checkpoint that serves until one is promoted.
    weights: str = ""
    intended_use: str
    limits: str
    classes: tuple[ClassInfo, ...] = Field(min_length=2)
    coarse_labels: tuple[CoarseLabel, ...] = ()
    failure_modes: tuple[str, ...] = ()
    wording: Wording = Wording()
    # Parsed by `inputs.quality`, which owns what is too poor.
    quality: dict[str, Any] = Field(default_factory=dict)
    dicom: DicomExpectations = DicomExpectations()
    decision: DecisionAims = DecisionAims()
    # Parsed by `registry.gate`, which owns what a challenger must show.
    gate: dict[str, Any] = Field(default_factory=dict)
    # Parsed by `inputs.preprocessing`, which owns the meaning of a pixel.
    preprocessing: dict[str, Any]
    layout: tuple[LayoutRule, ...] = ()
    training: Recipe
    retraining: Recipe

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        if self.negative_class not in self.labels and self._needs_negative_class:
            raise ValueError(f"negative_class '{self.negative_class}' is not a class")
        unknown = {rule.label for rule in self.layout} - set(self.known_labels)
        if unknown:
            raise ValueError(f"layout names unknown classes: {sorted(unknown)}")
        for coarse in self.coarse_labels:
            others = set(coarse.classes) - set(self.labels)
            if others:
                raise ValueError(f"'{coarse.name}' allows unknown classes: {sorted(others)}")
            if self.negative_class in coarse.classes:
                raise ValueError(
                    f"'{coarse.name}' allows '{self.negative_class}': a film is counted as one "
                    "with a finding or as one without"
                )
        return self

    @model_validator(mode="after")
    def _no_name_stands_for_two_labels(self) -> Self:
        owners: dict[str, str] = {}
        labels: tuple[ClassInfo | CoarseLabel, ...] = (*self.classes, *self.coarse_labels)
        for info in labels:
            for name in (info.name, *info.aliases):
                owner = owners.setdefault(_comparable(name), info.name)
                if owner != info.name:
                    raise ValueError(f"'{name}' stands for '{owner}' and for '{info.name}'")
        return self

    @property
    def weights_name(self) -> str:
        """File name of the checkpoint that serves until one is promoted."""
        return self.weights or f"mobilenet_{self.name}.h5"

    @property
    def takes(self) -> str:
        """What a prediction takes, in words."""
        return (
            "One image as multipart/form-data, in the field 'file': JPEG, PNG, BMP, TIFF, WebP or "
            "DICOM."
        )

    @property
    def _needs_negative_class(self) -> bool:
        return True

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in output order."""
        return tuple(info.name for info in self.classes)

    @property
    def negative_index(self) -> int:
        """Position of the negative class among the outputs. Raises: ValueError if none is."""
        return self.labels.index(self.negative_class)

    @property
    def known_labels(self) -> tuple[str, ...]:
        """What a film may be labelled with: the classes in output order, then coarse labels."""
        return (*self.labels, *(coarse.name for coarse in self.coarse_labels))

    def target_of(self, label: str) -> int:
        """The number of a label: a class's output, or -1 and below for coarse labels in order.

        Raises: ValueError if it is no label of the task.
        """
        number = self.known_labels.index(label)
        return number if number < len(self.labels) else len(self.labels) - 1 - number

    def label_of(self, target: int) -> str:
        """The label that `target_of` gave the number of."""
        return self.known_labels[target if target >= 0 else len(self.labels) - 1 - target]

    @property
    def allowed(self) -> tuple[tuple[bool, ...], ...]:
        """For each of `known_labels`, which classes it allows, in output order."""
        coarse = (set(label.classes) for label in self.coarse_labels)
        sets = (*({name} for name in self.labels), *coarse)
        return tuple(tuple(name in allowed for name in self.labels) for allowed in sets)

    def fits(self, label: str, answer: str) -> bool:
        """Whether a class is what a label says, or one that a coarse label allows."""
        return (
            answer in self.labels
            and self.allowed[self.known_labels.index(label)][self.labels.index(answer)]
        )

    def label_named(self, name: str) -> str | None:
        """The class or the coarse label that a word stands for, or None."""
        return self.label_of_folder(name) or self.coarse_label_of_folder(name)

    def coarse_label_of_folder(self, name: str) -> str | None:
        """The coarse label a folder name stands for, as `label_of_folder`, or None."""
        return self._coarse_folders.get(_comparable(name))

    def label_of_folder(self, name: str) -> str | None:
        """The class a folder name stands for, ignoring case and what separates words, or None."""
        return self._class_folders.get(_comparable(name))

    @cached_property
    def _class_folders(self) -> dict[str, str]:
        names = ((name, info) for info in self.classes for name in (info.name, *info.aliases))
        return {_comparable(name): info.name for name, info in names}

    @cached_property
    def _coarse_folders(self) -> dict[str, str]:
        names = ((name, c) for c in self.coarse_labels for name in (c.name, *c.aliases))
        return {_comparable(name): coarse.name for name, coarse in names}


def _comparable(name: str) -> str:
    """`COVID_19`, `covid 19` and `Covid-19` are one name; so are two forms of an umlaut."""
    return SEPARATORS.sub("", unicodedata.normalize("NFKC", name).casefold())


def load_task(name: str) -> Task:
    """Read `<name>.toml` from the program's task files or from a folder of one's own.

    Raises: InvalidTask if there is no such file or it does not describe a task.
    """
    files = task_files()
    if name not in files:
        raise InvalidTask(f"There is no task named '{name}'; there are: {', '.join(files)}.")
    path = files[name]
    try:
        task = parse_task(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as exc:
        raise InvalidTask(f"The task file '{path.name}' is not valid: {exc}") from exc
    if task.name != name:
        raise InvalidTask(
            f"The task file '{path.name}' names its task '{task.name}'; give both one name."
        )
    return task


def task_files() -> dict[str, Path]:
    """Task files by name, in alphabetical order; one of one's own comes before the program's."""
    folders = [FOLDER]
    if own := os.environ.get(OWN_FOLDER):
        folders.append(Path(own))
    found = {file.stem: file for folder in folders for file in folder.glob("*.toml")}
    return dict(sorted(found.items()))


@lru_cache(maxsize=32)
def wording_of(name: str) -> Wording:
    """How a task's images are called; in general words where there is no such task here."""
    try:
        return load_task(name).wording
    except InvalidTask:
        return Wording()


@lru_cache(maxsize=32)
def dicom_expectations_of(name: str) -> DicomExpectations:
    """What a task's DICOM films must be; anything where there is no such task here."""
    try:
        return load_task(name).dicom
    except InvalidTask:
        return DicomExpectations()


def parse_task(described: dict[str, Any]) -> Task:
    """A task from what its file says, by its `kind`. Raises: ValidationError."""
    # It builds on this module.
    from api.tasks.table_task import TableTask

    kinds: dict[object, type[Task]] = {"tabular": TableTask}
    return kinds.get(described.get("kind"), Task).model_validate(described)
