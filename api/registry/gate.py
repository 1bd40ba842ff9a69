"""The rule that decides whether a challenger may replace the champion."""

from dataclasses import dataclass

from api.registry.measures import Metrics


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """What a challenger must show. Shares in [0, 1]."""

    max_balanced_accuracy_drop: float = 0.0


@dataclass(frozen=True, slots=True)
class Check:
    """One condition and how it came out, in a sentence with the figures."""

    name: str
    passed: bool
    detail: str


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


def judge(challenger: Metrics, champion: Metrics, policy: GatePolicy) -> Verdict:
    """Compare two checkpoints on the same held-out images.

    Raises: ValueError if they were not measured on equally many images of known class.
    """
    if challenger.n != champion.n:
        raise ValueError("both must be measured on the same images")
    if challenger.balanced_accuracy is None or champion.balanced_accuracy is None:
        raise ValueError("both must be measured on films whose class is known")
    needed = champion.balanced_accuracy - policy.max_balanced_accuracy_drop
    passed = challenger.balanced_accuracy >= needed
    return Verdict(
        checks=(
            Check(
                name="balanced accuracy",
                passed=passed,
                detail=(
                    f"Balanced accuracy on the {challenger.n} held-out images "
                    f"{'did not fall' if passed else 'fell'}: "
                    f"{challenger.balanced_accuracy:.3f} against the champion's "
                    f"{champion.balanced_accuracy:.3f}."
                ),
            ),
        )
    )
