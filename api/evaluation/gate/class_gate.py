"""Champion against challenger where each class counts alike and none is negative."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.gate.paired_tests import ROUNDING, PairedDifference, resampled
from api.evaluation.label_errors import LabelIssues
from api.model_card.promotion_policy import Check, GatePolicy, Verdict
from api.model_card.verdicts.label_issue import LabelIssue
from api.model_card.verdicts.trade_counts import FallenClass, RightAnswers, TradeCounts

# Of a class with fewer rows, a share says nothing.
MIN_GROUP = 10
SHOWN_ROWS = 20
# Of a class; smaller ones are many.
MIN_FALL = 0.01


@dataclass(frozen=True, slots=True)
class PairedRows:
    """Both checkpoints on the same rows.

    Attributes:
        targets: (n,) class numbers.
        champion, challenger: (n, classes) probabilities.
    """

    targets: IntArray
    champion: FloatArray
    challenger: FloatArray
    classes: Sequence[str]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def right(self) -> tuple[BoolArray, BoolArray]:
        """(n,) each, whether the champion and the challenger name the true class."""
        first, second = (
            np.asarray(answers.argmax(axis=1) == self.targets)
            for answers in (self.champion, self.challenger)
        )
        return first, second


def evaluate_class_gate(
    remembered: PairedRows,
    local: PairedRows,
    label_issues: LabelIssues,
    doubtful: Sequence[LabelIssue],
    covered: int,
    policy: GatePolicy,
) -> Verdict:
    """Whether the challenger may replace the champion.

    Args:
        remembered: on the hold-out that the lineage carries along.
        local: on the new rows that are held out.
        doubtful: new rows whose class the others contradict, the most doubtful first.
        covered: how many of the new rows held out the champion was never measured on.
    """
    checks = [_enough_rows(local, policy), _labels(label_issues, doubtful, policy)]
    checks += _not_worse(remembered, "remembered", policy.label_margin, policy)
    checks += _each_class(remembered, policy)
    checks += _not_worse(local, "new", policy.local_margin, policy)
    verdict = Verdict.of((*checks, _gain(remembered, local, covered)))
    return replace(verdict, counted=_counted(local, remembered))


def _counted(local: PairedRows, remembered: PairedRows) -> TradeCounts:
    fallen = [each for each in _by_class(remembered) if each.before - each.now >= MIN_FALL]
    return TradeCounts(
        here=(_right(local),) if len(local) else (),
        remembered=_right(remembered) if len(remembered) else None,
        fell_most=max(fallen, key=lambda each: each.before - each.now, default=None),
    )


def _right(paired: PairedRows) -> RightAnswers:
    before, now = (int(right.sum()) for right in paired.right)
    return RightAnswers("", len(paired), before, now)


def _by_class(paired: PairedRows) -> Iterator[FallenClass]:
    first, second = paired.right
    for target, label in enumerate(paired.classes):
        rows = paired.targets == target
        if rows.sum() >= MIN_GROUP:
            yield FallenClass(label, float(first[rows].mean()), float(second[rows].mean()))


def _enough_rows(local: PairedRows, policy: GatePolicy) -> Check:
    n, needed = len(local), policy.min_local_films
    detail = (
        f"{n} of the new rows were held out."
        if n >= needed
        else f"Only {n} of the new rows were held out, and {needed} are needed to judge; upload "
        "more."
    )
    return Check("enough held-out rows", n >= needed, detail)


def _labels(issues: LabelIssues, doubtful: Sequence[LabelIssue], policy: GatePolicy) -> Check:
    passed = issues.low <= policy.max_doubtful_classes
    detail = (
        f"Classes of new rows that the other rows contradict: {len(issues.rows)} of {issues.n} "
        f"({issues.share:.0%}, allowed {policy.max_doubtful_classes:.0%}). "
    ) + (
        "That is within bounds, or may be luck."
        if passed
        else "That is no luck: correct them, and retrain."
    )
    shown = tuple(doubtful[:SHOWN_ROWS])
    return Check(
        "labels", passed, detail, films=tuple(issue.sha256 for issue in shown), label_issues=shown
    )


def _not_worse(paired: PairedRows, what: str, margin: float, policy: GatePolicy) -> Iterator[Check]:
    """Non-inferiority of the mean recall of the classes, by resampling rows."""
    if not len(paired):
        return
    difference = _balanced_accuracy(paired, policy)
    passed = difference.gain >= 0 or difference.low >= -margin
    yield Check(
        f"balanced accuracy, {what} rows",
        passed,
        f"On the {len(paired)} {what} held-out rows balanced accuracy went from "
        f"{difference.first:.3f} to {difference.second:.3f}: "
        f"{'not lower' if passed else 'it may be lower'} by {margin:.3f} or more "
        f"(bound {difference.low:+.3f}).",
        difference.first,
        difference.second,
    )


def _each_class(paired: PairedRows, policy: GatePolicy) -> Iterator[Check]:
    """No class may pay for the others."""
    if not len(paired):
        detail = "The champion remembers no held-out rows; what was forgotten cannot be measured."
        yield Check("remembered rows", False, detail)
        return
    first, second = paired.right
    failed = []
    for number, name in enumerate(paired.classes):
        rows = paired.targets == number
        if rows.sum() < MIN_GROUP:
            continue
        before, after = float(first[rows].mean()), float(second[rows].mean())
        if before - after > policy.kind_margin + ROUNDING:
            failed.append(f"{name}: {before:.3f} to {after:.3f}")
    detail = (
        f"Some remembered rows are answered right less often: {'; '.join(failed)}."
        if failed
        else "No class is answered right much less often than before."
    )
    yield Check("each class", not failed, detail)


def _gain(remembered: PairedRows, local: PairedRows, covered: int) -> Check:
    """Nothing is replaced for nothing: something must be better, or new rows be covered."""
    better = [
        f"on {what} rows"
        for what, paired in (("remembered", remembered), ("new", local))
        if len(paired) and paired.right[1].sum() > paired.right[0].sum()
    ]
    if better:
        return Check("something gained", True, f"Better than before {' and '.join(better)}.")
    detail = (
        f"No figure is better, but {covered} new held-out rows are covered now."
        if covered
        else "No figure is better than the champion's, and there are no rows it did not know."
    )
    return Check("something gained", covered > 0, detail)


def _balanced_accuracy(paired: PairedRows, policy: GatePolicy) -> PairedDifference:
    first, second = paired.right

    def of(rows: IntArray) -> tuple[float, float]:
        members = [rows[paired.targets[rows] == t] for t in np.unique(paired.targets[rows])]
        return (
            float(np.mean([first[m].mean() for m in members])),
            float(np.mean([second[m].mean() for m in members])),
        )

    return resampled(of, len(paired), significance=policy.significance)
