"""The rule that decides whether a challenger may replace the champion, and what came of it."""

from dataclasses import dataclass

from pydantic import Field

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
    """One condition and how it came out, in a sentence with the figures.

    `films` are the hashes of those that a person should look at.
    """

    name: str
    passed: bool
    detail: str
    champion: float | None = None
    challenger: float | None = None
    films: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger is promoted, and why."""

    checks: tuple[Check, ...]

    @property
    def promoted(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """The failed checks' sentences, or what was shown."""
        decisive = [check.detail for check in self.checks if check.passed == self.promoted]
        return " ".join(decisive)
