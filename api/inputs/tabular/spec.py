"""One meaning of a row: what each number is, how training saw it, and when it lies beyond that."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from api.arrays import BoolArray, Float32Array, Float64Array, FloatArray
from api.tasks.table_task import TableTask

# Beyond the training range by more than so many standard deviations nothing was learned.
MAX_DEVIATIONS = 3.0


class FeatureSpec(BaseModel):
    """A number as the training rows had it.

    `mean` and `deviation` (of the population) are what the network's own first layer scales with;
    they are written down here for people. `low` and `high` are the training range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    low: float
    high: float
    mean: float
    deviation: float = Field(ge=0)

    @property
    def bounds(self) -> tuple[float, float]:
        """What is out of range lies below the first or above the second."""
        room = MAX_DEVIATIONS * self.deviation
        return self.low - room, self.high + room


class TableSpec(BaseModel):
    """The features of a checkpoint in the order of its inputs; stored in the card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: tuple[FeatureSpec, ...] = Field(min_length=1)

    @classmethod
    def of(cls, rows: FloatArray, task: TableTask) -> Self:
        """From the training rows, (n, features), n > 0."""
        values = np.asarray(rows, dtype=np.float64)
        columns = zip(task.features, values.T, strict=True)
        return cls(
            features=tuple(
                FeatureSpec(
                    name=feature.name,
                    unit=feature.unit,
                    low=float(column.min()),
                    high=float(column.max()),
                    mean=float(column.mean()),
                    deviation=float(column.std()),
                )
                for feature, column in columns
            )
        )

    def widened(self, rows: FloatArray) -> Self:
        """With the range of more training rows, (n, features); the scale is the network's own."""
        if not len(rows):
            return self
        lows, highs = np.min(rows, axis=0).tolist(), np.max(rows, axis=0).tolist()
        grown = (
            feature.model_copy(
                update={"low": min(feature.low, low), "high": max(feature.high, high)}
            )
            for feature, low, high in zip(self.features, lows, highs, strict=True)
        )
        return self.model_copy(update={"features": tuple(grown)})

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    def tensor(self, values: Sequence[float] | FloatArray) -> Float32Array:
        """What the network takes, float32 of the same shape; it scales by itself."""
        return np.asarray(values, dtype=np.float32)

    def beyond(self, rows: FloatArray) -> BoolArray:
        """(n, features) -> (n, features), True where a number is out of range."""
        lows, highs = np.array([feature.bounds for feature in self.features]).T
        return np.asarray((rows < lows) | (rows > highs))

    def out_of_range(self, values: Sequence[float] | Float64Array) -> tuple[str, ...]:
        """Names of one row's features that lie beyond what was trained on."""
        beyond = self.beyond(np.asarray(values, dtype=np.float64))
        return tuple(name for name, outside in zip(self.names, beyond, strict=True) if outside)
