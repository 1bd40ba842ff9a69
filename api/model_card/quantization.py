"""A reduced form of a network: what it was compared on, and whether it may stand in."""

from typing import Literal

from pydantic import Field

from api.model_card.base import CardPart
from api.model_card.golden import Golden

Precision = Literal["fp32", "int8"]
PrecisionSetting = Literal["auto", "fp32", "int8"]


class Figure(CardPart):
    """One measure of both forms, and the least (or most) that the reduced one may have."""

    name: str
    fp32: float | None = None
    int8: float
    bound: float
    is_met: bool


class Reduced(CardPart):
    """The int8 form that lies beside the weights; it serves only if all of its figures are met."""

    sha256: str = Field(description="Of the file.")
    calibrated_on: int = Field(description="Training films that the ranges were taken from.")
    compared_on: int = Field(description="Films of the hold-out.")
    figures: tuple[Figure, ...]
    golden: tuple[Golden, ...]

    @property
    def objections(self) -> tuple[str, ...]:
        """What speaks against serving it, a sentence each; none: it may."""
        return tuple(
            f"{figure.name} is {figure.int8:.4f}, and {figure.bound:.4f} was asked for"
            for figure in self.figures
            if not figure.is_met
        )
