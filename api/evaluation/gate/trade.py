"""What a challenger gains and what it loses, in one sentence and counted."""

from collections.abc import Iterator, Mapping

from api.evaluation.gate.paired_evaluation import (
    MIN_GROUP,
    PairedEvaluation,
    answered_right,
    finding_or_none,
    groups_of,
)
from api.evaluation.sites.site_gate import spread
from api.model_card.promotion_policy import GatePolicy
from api.model_card.verdicts.trade_counts import FallenClass, RightAnswers, TradeCounts

# Falls that are named; smaller ones are many.
NAMED = 3
MIN_FALL = 0.01


def trade_of(
    local: Mapping[str, PairedEvaluation], remembered: PairedEvaluation, policy: GatePolicy
) -> str:
    """One sentence of both sides, each paired and with its interval.

    Args:
        local: held-out new films by site; "" for those of no site.
    """
    parts = [_of_local(site, paired, policy) for site, paired in local.items() if len(paired)]
    if len(remembered):
        parts.append(_of_remembered(remembered, policy))
    return "; ".join(parts) + "." if parts else ""


def counts_of(
    local: Mapping[str, PairedEvaluation], remembered: PairedEvaluation
) -> TradeCounts | None:
    """The same in films; None where there is none."""
    here = tuple(_right(site, paired) for site, paired in local.items() if len(paired))
    known = _right("", remembered) if len(remembered) else None
    if not here and known is None:
        return None
    fallen = [each for each in _by_class(remembered) if each.before - each.now >= MIN_FALL]
    return TradeCounts(
        here, known, max(fallen, key=lambda each: each.before - each.now, default=None)
    )


def _right(site: str, paired: PairedEvaluation) -> RightAnswers:
    before, now = (int(paired.is_answered_right(marks).sum()) for marks in paired.both)
    return RightAnswers(site, len(paired), before, now)


def _by_class(paired: PairedEvaluation) -> Iterator[FallenClass]:
    first, second = (paired.decision_is_right(marks) for marks in paired.both)
    for target, label in enumerate(paired.classes):
        rows = paired.targets == target
        if rows.sum() >= MIN_GROUP:
            yield FallenClass(label, float(first[rows].mean()), float(second[rows].mean()))


def _of_local(site: str, paired: PairedEvaluation, policy: GatePolicy) -> str:
    of = f" of '{site}'" if site else ""
    described = _answers if paired.knows_referrals else _right_decisions
    return f"On {len(paired)} new films{of} not learned from {described(paired, policy)}"


def _of_remembered(paired: PairedEvaluation, policy: GatePolicy) -> str:
    falls = sorted(
        (
            (float(first.mean() - second.mean()), name, first, second)
            for name, first, second in groups_of(paired)
        ),
        key=lambda found: -found[0],
    )
    named = [
        f"{name} {first.mean():.3f} to {second.mean():.3f}"
        for fall, name, first, second in falls[:NAMED]
        if fall >= MIN_FALL
    ]
    lost = f", most on {', '.join(named)}" if named else ", and no source or class lost a point"
    return f"on {len(paired)} remembered ones {_right_decisions(paired, policy)}{lost}"


def _answers(paired: PairedEvaluation, policy: GatePolicy) -> str:
    """Right and wrong answers, and what is left to a person."""
    right = answered_right(paired, significance=policy.significance)
    wrong, referred = (
        [float(share(marks).mean()) for marks in paired.both]
        for share in (paired.is_answered_wrong, lambda marks: ~paired.is_answered(marks))
    )
    return (
        f"right answers went from {right.first:.3f} to {right.second:.3f} ({spread(right)}), wrong "
        f"ones from {wrong[0]:.3f} to {wrong[1]:.3f}, what is referred from {referred[0]:.3f} to "
        f"{referred[1]:.3f}"
    )


def _right_decisions(paired: PairedEvaluation, policy: GatePolicy) -> str:
    """The mean of both sides with its interval, and each side."""
    both = finding_or_none(paired, significance=policy.significance)
    first, second = (paired.decision_is_right(marks) for marks in paired.both)
    groups = [
        f"{name} {first[rows].mean():.3f} to {second[rows].mean():.3f}"
        for name, rows in (("sensitivity", paired.positive), ("specificity", ~paired.positive))
        if rows.any()
    ]
    return (
        f"decisions went from {both.first:.3f} to {both.second:.3f} ({spread(both)}; "
        f"{', '.join(groups)})"
    )
