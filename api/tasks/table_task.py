"""What is classified from named numbers: a task whose inputs are rows of a table."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from api.tasks.labels import ClassInfo
from api.tasks.recipe import Recipe
from api.tasks.section import Section
from api.tasks.task import Task, comparable_name

# A JSON key and a column's heading; what separates columns cannot be in it.
Name = Annotated[
    str, StringConstraints(max_length=60, pattern=r'^[^\s,;"\']([^,;"\t\r\n]*[^\s,;"\'])?$')
]
# A column that names rows, and is nothing to learn from.
ROW_NAME = "id"


class Feature(Section):
    """A named number, its unit, and what it may be at all.

    `aliases` are other headings of its column; case and what separates words do not count.
    """

    name: Name
    title: str = ""
    unit: str = ""
    minimum: float | None = Field(None, allow_inf_nan=False)
    maximum: float | None = Field(None, allow_inf_nan=False)
    aliases: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.least >= self.most:
            raise ValueError(f"'{self.name}' has no room between its minimum and its maximum")
        return self

    @property
    def least(self) -> float:
        return -math.inf if self.minimum is None else self.minimum

    @property
    def most(self) -> float:
        return math.inf if self.maximum is None else self.maximum


class RowClass(ClassInfo):
    """One class of rows; there is no generated picture of it."""

    phantom: None = None


class TableRecipe(Recipe):
    """How a multilayer perceptron is fitted; what an image's recipe says of a backbone is fixed."""

    head_epochs: Literal[0] = 0
    head_learning_rate: Literal[1] = 1
    tail_epochs: Literal[0] = 0
    tail_learning_rate: Literal[1] = 1
    tail_from: Literal[""] = ""
    epochs: int = Field(ge=1, le=10_000)
    learning_rate: float = Field(gt=0)
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (16,), max_length=8, description="Units of each hidden layer."
    )


class TableTask(Task):
    """A task file of kind `tabular`, parsed."""

    kind: Literal["tabular"]
    features: tuple[Feature, ...] = Field(min_length=1, max_length=500)
    label_columns: tuple[Name, ...] = Field(
        ("label",), min_length=1, description="Headings that the column of classes may have."
    )
    classes: tuple[RowClass, ...] = Field(min_length=2)
    coarse_labels: tuple[()] = ()
    preprocessing: dict[str, float] = Field(default_factory=dict, max_length=0)
    training: TableRecipe
    retraining: TableRecipe

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        owners: dict[str, str] = {}
        columns = [(name, feature.name) for feature in self.features for name in _names(feature)]
        columns += [(name, "the class") for name in (*self.label_columns, ROW_NAME)]
        for name, owner in columns:
            if owners.setdefault(comparable(name), owner) != owner:
                raise ValueError(f"the column '{name}' stands for two things")
        return self

    @model_validator(mode="after")
    def _negative_class_is_one(self) -> Self:
        if self.negative_class is not None and self.negative_class not in self.labels:
            raise ValueError(f"negative_class '{self.negative_class}' is not a class")
        return self

    @property
    def weights_name(self) -> str:
        """File name of the checkpoint that serves until one is promoted."""
        return self.weights or f"mlp_{self.name}.h5"

    @property
    def takes(self) -> str:
        """What a prediction takes, in words."""
        return (
            f"A JSON object with the numbers {', '.join(self.feature_names)}, a list of such "
            "objects, or a CSV with these columns."
        )

    @property
    def _needs_negative_class(self) -> bool:
        return False

    @property
    def feature_names(self) -> tuple[str, ...]:
        """In the order of the network's inputs."""
        return tuple(feature.name for feature in self.features)

    def column_named(self, heading: str) -> str | None:
        """The feature that a column's heading stands for, or None."""
        key = comparable(heading)
        return next((f.name for f in self.features if key in map(comparable, _names(f))), None)

    def is_label_column(self, heading: str) -> bool:
        """Whether a column holds the classes."""
        return comparable(heading) in map(comparable, self.label_columns)


def comparable(name: str) -> str:
    """`Sepal_Length` and `sepal length` are one heading."""
    return comparable_name(name)


def _names(feature: Feature) -> tuple[str, ...]:
    return (feature.name, *feature.aliases)
