"""The rule that decides whether a challenger may replace the champion, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter

from api.model_card.base import CardPart


class GatePolicy(CardPart):
    """What a challenger must show; `[gate]` of the task file. Differences of shares in [0, 1]."""

    min_local_films: int = Field(
        8, ge=1, description="New films held out, below which nothing is promoted."
    )
    margin: float = Field(
        0.03,
        ge=0,
        description="By how much sensitivity and specificity on the remembered hold-out may be "
        "lower; that it is less must be shown, not just not refuted.",
    )
    label_margin: float = Field(
        0.05, ge=0, description="The same for balanced accuracy over the classes."
    )
    auroc_margin: float = Field(0.01, ge=0, description="The same for AUROC.")
    kind_margin: float = Field(
        0.1, ge=0, description="Largest fall of a source's or a class's share of right answers."
    )
    local_margin: float = Field(
        0.05, ge=0, description="As `margin`, of balanced accuracy on the new films held out."
    )
    significance: float = Field(
        0.05, gt=0, lt=0.5, description="Chance of a false alarm that a test may have."
    )
    max_doubtful_findings: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of new films that others may call ill, or well, instead.",
    )
    max_doubtful_classes: float = Field(
        0.2, gt=0, lt=1, description="Share of new films that others may give another class."
    )


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of the gate."""

    name: str
    passed: bool
    detail: str
    champion: Annotated[
        float | None, Field(description="The figure of the version that served.")
    ] = None
    challenger: Annotated[
        float | None, Field(description="The same figure of the new version.")
    ] = None
    films: Annotated[
        tuple[str, ...], Field(description="SHA-256 of samples that a person should look at.")
    ] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger replaced the champion, and why."""

    promoted: bool
    reason: str
    checks: tuple[Check, ...]

    @classmethod
    def of(cls, checks: Sequence[Check]) -> Self:
        """What the checks decide: all must pass; the reason is the decisive ones' sentences."""
        promoted = all(check.passed for check in checks)
        decisive = [check.detail for check in checks if check.passed == promoted]
        return cls(promoted, " ".join(decisive), tuple(checks))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A verdict from the records. Raises: pydantic.ValidationError if it is none."""
        return TypeAdapter(cls).validate_python(stored)

    def to_json(self) -> dict[str, Any]:
        """As it is stored in the records."""
        return asdict(self)

    def with_check(self, check: Check) -> Self:
        """The verdict with one more condition."""
        return self.of((*self.checks, check))

    def not_promoted(self, reason: str) -> Self:
        """The verdict where the challenger was not promoted whatever the checks say."""
        return replace(self, promoted=False, reason=reason)

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """Names of the conditions that were not met."""
        return tuple(check.name for check in self.checks if not check.passed)
