"""How a checkpoint's numbers become a decision: thresholds, referred bands, the limit of unlike."""

import numpy as np
from pydantic import Field

from api.arrays import BoolArray, FloatArray
from api.model_card.base import CardPart, Interval


class OperatingPoint(CardPart):
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


class Band(CardPart):
    """Where answers are referred when at most `max_error` wrong ones are wanted.

    From `low` on films with a finding are usual, up to `high` films without: a negative answer
    needs a score below `low`, a positive one a score above `high`.

    `max_error` bounds, in expectation, the share of films with a finding that are answered
    negative, and the share of those without that are answered positive.
    """

    max_error: float = Field(gt=0, lt=1)
    low: float
    high: float

    def referred(self, scores: FloatArray, threshold: float) -> BoolArray:
        """Which scores' answers at a threshold do not keep the bound; (n,) -> (n,)."""
        return np.where(scores < threshold, scores >= self.low, scores <= self.high)

    def ends(self, threshold: float) -> Interval | None:
        """The lowest and the highest score that is referred at a threshold; None: no score is."""
        low, high = min(self.low, threshold), max(self.high, threshold)
        return (low, high) if self.low < threshold or self.high >= threshold else None


class ReferRule(CardPart):
    """When the score alone says too little: a band for each bound, narrowest bound first."""

    chosen_on: str
    n: int
    max_error: float = Field(description="The bound that serves unless another is set.")
    bands: tuple[Band, ...]


class OutlierRule(CardPart):
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
    harmless: dict[str, float] = Field(
        default_factory=dict,
        description="Share of each kind that is referred, for whatever cause, or decided right "
        "all the same.",
    )
