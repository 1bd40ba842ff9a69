"""What is classified: classes, where their images are found, how a network learns them."""

import re
import unicodedata
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from api.tasks.labels import ClassInfo, CoarseLabel, CodedTerm, LayoutRule, Population
from api.tasks.recipe import Recipe
from api.tasks.section import Section

# Between the words of a folder's name: spaces, underscores, hyphens and dashes.
SEPARATORS = re.compile(r"[\s_\u00ad\u2010-\u2015\u2212-]+")


Kind = Literal["image", "tabular"]


class Wording(Section):
    """How people call what is classified, in sentences that the program puts together."""

    inputs: str = Field("Images", description="What may be sent, as a title says it.")
    images: str = Field("images", description="The same within a sentence.")
    unlike: str = Field(
        "of something else, or turned, or inverted",
        description="What a picture may be that is unlike them, behind `it may be`.",
    )
    public_data: str = Field("", description="Where such images are found, as Markdown.")
    no_model: str = Field("", description="Why no model is shipped, within a sentence.")


class DicomExpectations(Section):
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


class DecisionAims(Section):
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


class Task(Section):
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
    # The three sections of other owners are checked by `model_card.task_sections`. This one is
    # parsed by `inputs.images.quality`, which owns what is too poor.
    quality: dict[str, Any] = Field(default_factory=dict)
    dicom: DicomExpectations = DicomExpectations()
    decision: DecisionAims = DecisionAims()
    # Parsed by `model_card.promotion_policy`, which owns what a challenger must show.
    gate: dict[str, Any] = Field(default_factory=dict)
    # Parsed by `inputs.images.preprocessing`, which owns the meaning of a pixel.
    preprocessing: dict[str, Any]
    layout: tuple[LayoutRule, ...] = ()
    populations: dict[str, Population] = Field(default_factory=dict)
    training: Recipe
    retraining: Recipe

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        if self.negative_class is None and self._needs_negative_class:
            raise ValueError(
                "'negative_class' is missing: a task of images names the class that says that "
                "there is nothing"
            )
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
                owner = owners.setdefault(comparable_name(name), info.name)
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
        return self._coarse_folders.get(comparable_name(name))

    def label_of_folder(self, name: str) -> str | None:
        """The class a folder name stands for, ignoring case and what separates words, or None."""
        return self._class_folders.get(comparable_name(name))

    @cached_property
    def _class_folders(self) -> dict[str, str]:
        names = ((name, info) for info in self.classes for name in (info.name, *info.aliases))
        return {comparable_name(name): info.name for name, info in names}

    @cached_property
    def _coarse_folders(self) -> dict[str, str]:
        names = ((name, c) for c in self.coarse_labels for name in (c.name, *c.aliases))
        return {comparable_name(name): coarse.name for name, coarse in names}


def comparable_name(name: str) -> str:
    """`COVID_19`, `covid 19` and `Covid-19` are one name; so are two forms of an umlaut."""
    return SEPARATORS.sub("", unicodedata.normalize("NFKC", name).casefold())
