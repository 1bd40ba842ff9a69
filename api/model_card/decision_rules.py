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
    unfamiliar_max_error: float | None = Field(
        None, description="The bound for films of unfamiliar sites; None: the same for all."
    )
    bands: tuple[Band, ...]

    def band_for(self, max_error: float | None = None, *, unfamiliar: bool = False) -> Band:
        """The band of the widest bound that is not above the one that is asked for, or the rule's.

        Where even the narrowest bound is above it, that one: as careful as the card can be. Films
        of unfamiliar sites never have a wider one than the rule's for them.
        """
        bound = self.max_error if max_error is None else max_error
        if unfamiliar and self.unfamiliar_max_error is not None:
            bound = min(bound, self.unfamiliar_max_error)
        fitting = [band for band in self.bands if band.max_error <= bound]
        return fitting[-1] if fitting else self.bands[0]

    def referred(
        self, scores: FloatArray, threshold: float, site_distances: FloatArray | None = None
    ) -> BoolArray:
        """Which scores are referred with the rule's own bounds; (n,), (n,) -> (n,)."""
        usual = self.band_for().referred(scores, threshold)
        if site_distances is None:
            return usual
        careful = self.band_for(unfamiliar=True).referred(scores, threshold)
        return np.where(site_distances > 1, careful, usual)


class AcquisitionRule(CardPart):
    """When a film was made unlike those of the known hospitals.

    The distance is of acquisition features from the reference in the file beside the weights; above
    1 it is beyond the limits of all familiar sources.
    """

    familiar: tuple[str, ...] = Field(description="Sources with films of both kinds, in order.")
    max_unfamiliar: float = Field(
        gt=0, lt=1, description="Share of each one's own films that is let lie beyond its limit."
    )
    chosen_on: str
    unfamiliar: dict[str, dict[str, float]] = Field(
        description="Share of real films beyond the limits, per split and source."
    )


class KindRule(CardPart):
    """Which classes an answer leaves open, if there is a finding: those whose share of the
    finding's probability is not below that of nearly all films of the class (split-conformal,
    within each class; Sadinle et al. 2019)."""

    coverage: float = Field(gt=0, lt=1, description="Share of films whose class is left open.")
    min_shares: dict[str, float] = Field(description="Per class with a finding.")
    chosen_on: str


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
        description="For each method measured, the share of each kind of generated "
        "out-of-distribution image caught."
    )
    harmless: dict[str, float] = Field(
        default_factory=dict,
        description="Share of each kind that is referred, for whatever cause, or decided right "
        "all the same.",
    )
