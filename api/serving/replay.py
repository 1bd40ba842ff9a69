"""Whether a version still gives the answer that is stored of an image."""

from dataclasses import dataclass

from api.decision.decide import Decision, DecisionPolicy
from api.decision.site_rules import applied_rules
from api.decision.stream_shift.answer import UNFAMILIAR_SITE, StreamState
from api.model_card.sites.site_profile import SiteProfile
from api.records.answers.predictions import PredictionRecord
from api.settings import Settings

# Probabilities may differ by so much: another processor adds up in another order.
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class ReplayComparison:
    """A stored answer beside the one that is given now.

    Attributes:
        differences: what is not the same, in words; empty: nothing.
        largest_gap: between probabilities of a class.
    """

    differences: tuple[str, ...]
    largest_gap: float

    @property
    def is_same(self) -> bool:
        return not self.differences


def policy_of(
    record: PredictionRecord, settings: Settings, profile: SiteProfile | None
) -> DecisionPolicy:
    """How the stored answer was decided, as far as it tells; the bound of error is today's."""
    return DecisionPolicy(
        operating_point=record.operating_point or settings.operating_point,
        prevalence=record.prevalence,
        max_error=settings.max_error,
        site=applied_rules(profile, record.model_version) if profile else None,
        unknown_site="refer" if UNFAMILIAR_SITE in record.causes else "answer",
    )


def stream_of(record: PredictionRecord) -> StreamState | None:
    """What was known of the answer's stream."""
    if record.site_shift is None:
        return None
    was_referred = UNFAMILIAR_SITE in record.causes
    is_checked = record.site_profile is not None and not was_referred
    return StreamState(record.site_shift, is_checked=is_checked)


def compare(record: PredictionRecord, now: Decision) -> ReplayComparison:
    """Hold today's decision against the stored one: what was decided, why, and probabilities."""
    gaps = {
        name: abs(value - now.probabilities.get(name, float("nan")))
        for name, value in record.probabilities.items()
    }
    differences = [
        f"{what} was {before or 'nothing'} and is {after or 'nothing'}"
        for what, before, after in (
            ("the decision", record.decision, now.decision),
            ("the label", record.label, now.label),
            ("its cause", ", ".join(record.causes), ", ".join(now.causes)),
        )
        if before != after
    ]
    differences += [
        f"P({name}) was {record.probabilities[name]:.4f} and is "
        f"{now.probabilities.get(name, float('nan')):.4f}"
        for name, gap in gaps.items()
        # What is no number is no answer of that class.
        if not gap <= TOLERANCE
    ]
    return ReplayComparison(tuple(differences), max(gaps.values(), default=0.0))
