"""Held-out inputs that a retraining changed the answer to: what `changes.json` holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from pydantic import TypeAdapter

# Inputs that are listed; all of them are counted.
MAX_LISTED = 200


class Change(StrEnum):
    """What became of an answer; `NEITHER`: as right or as wrong as before, in another way."""

    WORSE = "worse"
    NEITHER = "neither"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """One held-out input before and after.

    Attributes:
        remembered: whether the lineage carries it along; False: it is a sample of this place.
        truth: its label, a coarse one perhaps.
        before, after: the most probable class.
        finding_before, finding_after: what is decided at the balanced operating point, without
            referrals; None where the task has no negative class.
        probabilities_before, probabilities_after: calibrated, in the order of the task's classes.
    """

    sha256: str
    source: str
    remembered: bool
    truth: str
    change: Change
    before: str
    after: str
    finding_before: bool | None
    finding_after: bool | None
    probabilities_before: tuple[float, ...]
    probabilities_after: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ChangedAnswers:
    """How many of the held-out inputs got another answer, and the first of them, worst first."""

    compared: int
    counts: dict[Change, int]
    listed: tuple[ChangedAnswer, ...]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises: pydantic.ValidationError if it is none."""
        return TypeAdapter(cls).validate_python(stored)

    def to_json(self) -> dict[str, Any]:
        """As it is stored beside the challenger."""
        return asdict(self)
