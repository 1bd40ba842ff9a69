"""What is classified: classes, where their images are found, how a network learns them."""

import re
import tomllib
import unicodedata
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.errors import InvalidTask

FOLDER = Path(__file__).parent
# Between the words of a folder's name: spaces, underscores, hyphens and dashes.
SEPARATORS = re.compile(r"[\s_\u00ad\u2010-\u2015\u2212-]+")

Finding = Literal["clear", "lobar", "reticular", "peripheral"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClassInfo(_Part):
    """One class: its name, what it means in plain words, and other names its folders go by."""

    name: str
    meaning: str
    aliases: tuple[str, ...] = ()
    phantom: Finding


class LayoutRule(_Part):
    """Tells label, source and patient of an image from its path below the data folder.

    `pattern` is searched in the path with `/` separators; its group `patient`, when it has one,
    names the patient. A rule that is `in_class_folder` counts only below a folder of its class:
    where the name alone is too common to tell one.
    """

    source: str
    label: str
    pattern: str
    in_class_folder: bool = False

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


class Augmentation(_Part):
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


class Recipe(_Part):
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
    weight_decay: float = Field(0.0, ge=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    ema_momentum: float = Field(0.0, ge=0, lt=1, description="Weight averaging; 0: none.")
    validation_fraction: float = Field(gt=0, lt=1)
    holdout_fraction: float = Field(gt=0, lt=1)
    augmentation: Augmentation = Augmentation()


class DecisionAims(_Part):
    """What operating points and referral are chosen for."""

    wanted_rate: float = Field(
        0.97, gt=0, lt=1, description="Sensitivity of `screening`, specificity of `confirm`."
    )
    max_error: float = Field(
        0.02, gt=0, lt=1, description="Bound on wrong answers that decides what is referred."
    )
    max_refused: float = Field(
        0.02, gt=0, lt=1, description="Share of each source's films that may be found unlike."
    )


class Task(_Part):
    """A task file, parsed. Classes are in output order."""

    name: str
    title: str
    question: str
    negative_class: str
    intended_use: str
    limits: str
    classes: tuple[ClassInfo, ...] = Field(min_length=2)
    finding_aliases: tuple[str, ...] = Field(
        (), description="Folder names of films that show some finding, not known which."
    )
    failure_modes: tuple[str, ...] = ()
    # Parsed by `inputs.quality`, which owns what is too poor.
    quality: dict[str, Any] = Field(default_factory=dict)
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
        if self.negative_class not in self.labels:
            raise ValueError(f"negative_class '{self.negative_class}' is not a class")
        strangers = {rule.label for rule in self.layout} - set(self.labels)
        if strangers:
            raise ValueError(f"layout names unknown classes: {sorted(strangers)}")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in output order."""
        return tuple(info.name for info in self.classes)

    @property
    def negative_index(self) -> int:
        """Position of the negative class among the outputs."""
        return self.labels.index(self.negative_class)

    def is_finding_folder(self, name: str) -> bool:
        """Whether a folder name says no more than that its films show some finding."""
        return _comparable(name) in self._finding_folders

    def label_of_folder(self, name: str) -> str | None:
        """The class a folder name stands for, ignoring case and what separates words, or None."""
        return self._class_folders.get(_comparable(name))

    @cached_property
    def _class_folders(self) -> dict[str, str]:
        names = ((name, info) for info in self.classes for name in (info.name, *info.aliases))
        return {_comparable(name): info.name for name, info in names}

    @cached_property
    def _finding_folders(self) -> frozenset[str]:
        return frozenset(map(_comparable, self.finding_aliases))


def _comparable(name: str) -> str:
    """`COVID_19`, `covid 19` and `Covid-19` are one name; so are two forms of an umlaut."""
    return SEPARATORS.sub("", unicodedata.normalize("NFKC", name).casefold())


def load_task(name: str) -> Task:
    """Read `api/tasks/<name>.toml`.

    Raises: InvalidTask if there is no such file or it does not describe a task.
    """
    path = FOLDER / f"{name}.toml"
    if path.parent != FOLDER or not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
        raise InvalidTask(f"There is no task named '{name}'; there are: {known}.")
    try:
        return Task.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as exc:
        raise InvalidTask(f"The task file '{path.name}' is not valid: {exc}") from exc
