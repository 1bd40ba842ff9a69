"""Champion against challenger on the same held-out films: each condition with its figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.label_errors import LabelIssues
from api.evaluation.paired_tests import Difference, delong_difference, mcnemar, resampled
from api.model_card.promotion_policy import Check, GatePolicy, Verdict

# Of a group with fewer films, a share says nothing.
MIN_GROUP = 10
SHOWN_IMAGES = 20
# 0.8 - 0.7 is more than 0.1 to a computer.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class CheckpointPredictions:
    """What one checkpoint says about n films, and where it cuts.

    Attributes:
        probabilities: (n, classes) in [0, 1].
        threshold: of P(any finding).
    """

    probabilities: FloatArray
    threshold: float


@dataclass(frozen=True, slots=True)
class PairedEvaluation:
    """Both checkpoints on the same films.

    Attributes:
        targets: (n,) class numbers; negative ones are coarse labels, a finding of unknown kind.
        sources: (n,) names.
    """

    targets: IntArray
    sources: Sequence[str]
    champion: CheckpointPredictions
    challenger: CheckpointPredictions
    classes: Sequence[str]
    negative_index: int

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def positive(self) -> BoolArray:
        return np.asarray(self.targets != self.negative_index)

    @property
    def both(self) -> tuple[CheckpointPredictions, CheckpointPredictions]:
        return self.champion, self.challenger

    def scores(self, marks: CheckpointPredictions) -> FloatArray:
        """(n,) P(any finding)."""
        return np.asarray(1 - marks.probabilities[:, self.negative_index])

    def decision_is_right(self, marks: CheckpointPredictions) -> BoolArray:
        """(n,) whether finding or none was decided right."""
        return np.asarray((self.scores(marks) >= marks.threshold) == self.positive)

    def label_is_right(self, marks: CheckpointPredictions) -> BoolArray:
        """(n,) whether the most probable class is right; False where the class is not known."""
        return np.asarray(marks.probabilities.argmax(axis=1) == self.targets)


@dataclass(frozen=True, slots=True)
class LabelDoubts:
    """About the labels of all new films: finding or none, and which class.

    `films` are the hashes of those whose class is doubtful, the most doubtful first.
    """

    findings: LabelIssues
    classes: LabelIssues
    images: Sequence[str]


def evaluate_gate(
    remembered: PairedEvaluation,
    local: PairedEvaluation,
    label_issues: LabelDoubts,
    covered: int,
    policy: GatePolicy,
) -> Verdict:
    """Whether the challenger may replace the champion.

    Args:
        remembered: on the hold-out that the lineage carries along.
        local: on the new films that are held out.
        covered: how many of the latter the champion was never measured on.
    """
    checks = [_enough_images(local, policy), _labels(label_issues, policy)]
    checks += _not_worse(remembered, policy)
    checks += _each_source_and_class(remembered, policy)
    if len(local):
        checks += _on_new_images(local, policy)
    return Verdict.of((*checks, _gain(remembered, local, covered)))


def _enough_images(local: PairedEvaluation, policy: GatePolicy) -> Check:
    n, aims = len(local), policy.min_local_films
    detail = (
        f"{n} of the new films were held out."
        if n >= aims
        else f"Only {n} of the new films were held out, and {aims} are needed to judge; a "
        f"quarter of each class is held out, so upload about {4 * (aims - n)} more."
    )
    return Check("enough held-out films", n >= aims, detail)


def _labels(label_issues: LabelDoubts, policy: GatePolicy) -> Check:
    """Bacterial and viral are confused by everybody; ill and well are not."""
    limits = (
        ("finding or none", label_issues.findings, policy.max_doubtful_findings),
        ("class", label_issues.classes, policy.max_doubtful_classes),
    )
    counted = [
        f"{len(issues.rows)} of {issues.n} as to {what} ({issues.share:.0%}, allowed {limit:.0%})"
        for what, issues, limit in limits
    ]
    passed = all(issues.low <= limit for _, issues, limit in limits)
    detail = f"Labels of new films that the other films contradict: {'; '.join(counted)}. " + (
        "That is within bounds, or may be luck."
        if passed
        else "That is no luck: correct them (PATCH /samples/SHA256), and retrain."
    )
    return Check("labels", passed, detail, films=tuple(label_issues.images[:SHOWN_IMAGES]))


def _not_worse(paired: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    """Non-inferiority on what was known before, figure by figure."""
    if not len(paired):
        detail = "The champion remembers no held-out films; what was forgotten cannot be measured."
        yield Check("remembered films", False, detail)
        return
    for name, difference, margin in (
        ("balanced accuracy", _balanced_accuracy(paired, policy), policy.label_margin),
        ("sensitivity", _share_decided(paired, paired.positive, policy), policy.margin),
        ("specificity", _share_decided(paired, ~paired.positive, policy), policy.margin),
        ("AUROC", _auroc(paired, policy), policy.auroc_margin),
    ):
        if difference is None:
            continue
        passed = difference.low >= -margin
        yield Check(
            f"{name}, remembered films",
            passed,
            f"On the {len(paired)} remembered held-out films {name} went from "
            f"{difference.first:.3f} to {difference.second:.3f}: "
            f"{'not lower' if passed else 'it may be lower'} by {margin:.3f} or more "
            f"(bound {difference.low:+.3f}).",
            difference.first,
            difference.second,
        )


def _each_source_and_class(paired: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    """No class of a source may pay for the others by its decisions, no source by its labels."""
    if not len(paired):
        return
    worst: tuple[float, str] = (0.0, "")
    failed: list[str] = []
    for name, first, second in _groups(paired):
        fall = float(first.mean() - second.mean())
        luck = mcnemar(first, second)
        words = f"{name}: {first.mean():.3f} to {second.mean():.3f} (McNemar p = {luck:.2g})"
        worst = max(worst, (fall, words))
        lost = fall > policy.kind_margin + ROUNDING
        if lost or (fall > policy.margin and luck < policy.significance):
            failed.append(words)
    if failed:
        detail = f"Some remembered films are answered right less often: {'; '.join(failed)}."
    elif worst[1]:
        detail = f"No source and no class was lost; the largest fall is {worst[1]}."
    else:
        detail = "No source and no class is answered right less often than before."
    yield Check("each source and class", not failed, detail)


def _groups(paired: PairedEvaluation) -> Iterator[tuple[str, BoolArray, BoolArray]]:
    """Groups that are large enough: their names, and whether either checkpoint was right."""
    decided = [paired.decision_is_right(marks) for marks in paired.both]
    named = [paired.label_is_right(marks) for marks in paired.both]
    sources = np.array(paired.sources)
    for source in sorted(set(paired.sources)):
        own = sources == source
        known = own & (paired.targets >= 0)
        if known.sum() >= MIN_GROUP:
            yield f"labels of {source}", named[0][known], named[1][known]
        members = [(label, paired.targets == target) for target, label in enumerate(paired.classes)]
        for label, of_label in [*members, ("findings of unknown kind", paired.targets < 0)]:
            rows = own & of_label
            if rows.sum() >= MIN_GROUP:
                yield f"decisions on {label} of {source}", decided[0][rows], decided[1][rows]


def _on_new_images(paired: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    difference = _balanced_decisions(paired, policy)
    passed = difference.gain >= 0 or difference.low >= -policy.local_margin
    yield Check(
        "balanced accuracy, new films",
        passed,
        f"On the {len(paired)} new held-out films balanced accuracy went from "
        f"{difference.first:.3f} to {difference.second:.3f}"
        + ("." if passed else f"; it may be more than {policy.local_margin:.3f} lower."),
        difference.first,
        difference.second,
    )
    first, second = (paired.decision_is_right(marks) for marks in paired.both)
    luck = mcnemar(first, second)
    fall = float(first.mean() - second.mean())
    passed = luck >= policy.significance and fall <= policy.kind_margin + ROUNDING
    yield Check(
        "decisions, new films",
        passed,
        f"{int(first.sum())} of {len(paired)} new held-out films were decided right before, "
        f"{int(second.sum())} are now"
        + ("." if passed else f"; that is too many fewer (McNemar p = {luck:.2g})."),
        float(first.mean()),
        float(second.mean()),
    )


def _gain(remembered: PairedEvaluation, local: PairedEvaluation, covered: int) -> Check:
    """Nothing is replaced for nothing: something must be better, or new films be covered."""
    better = [
        f"{name} on {where} films"
        for where, paired in (("remembered", remembered), ("new", local))
        if len(paired)
        for name, right in (
            ("decisions", paired.decision_is_right),
            ("labels", paired.label_is_right),
        )
        if right(paired.challenger).sum() > right(paired.champion).sum()
    ]
    if better:
        return Check("something gained", True, f"Better than before: {', '.join(better)}.")
    detail = (
        f"No figure is better, but {covered} new held-out films are covered now."
        if covered
        else "No figure is better than the champion's, and there are no films it did not know."
    )
    return Check("something gained", covered > 0, detail)


def _balanced_accuracy(paired: PairedEvaluation, policy: GatePolicy) -> Difference | None:
    """Mean recall of the classes, on the films whose class is known."""
    known = np.flatnonzero(paired.targets >= 0)
    if not len(known):
        return None
    first, second = (paired.label_is_right(marks)[known] for marks in paired.both)
    return _mean_of_groups(first, second, paired.targets[known], policy)


def _balanced_decisions(paired: PairedEvaluation, policy: GatePolicy) -> Difference:
    """Mean recall of the classes; of finding and none where some findings are of unknown kind."""
    coarse = bool((paired.targets < 0).any())
    groups = paired.positive.astype(np.int64) if coarse else paired.targets
    first, second = (
        paired.decision_is_right(marks) if coarse else paired.label_is_right(marks)
        for marks in paired.both
    )
    return _mean_of_groups(first, second, groups, policy)


def _mean_of_groups(
    first: BoolArray, second: BoolArray, groups: IntArray, policy: GatePolicy
) -> Difference:
    def of(rows: IntArray) -> tuple[float, float]:
        members = [rows[groups[rows] == group] for group in np.unique(groups[rows])]
        return (
            float(np.mean([first[m].mean() for m in members])),
            float(np.mean([second[m].mean() for m in members])),
        )

    return resampled(of, len(first), significance=policy.significance)


def _share_decided(
    paired: PairedEvaluation, side: BoolArray, policy: GatePolicy
) -> Difference | None:
    if not side.any():
        return None
    first, second = (paired.decision_is_right(marks)[side] for marks in paired.both)

    def of(rows: IntArray) -> tuple[float, float]:
        return float(first[rows].mean()), float(second[rows].mean())

    return resampled(of, len(first), significance=policy.significance)


def _auroc(paired: PairedEvaluation, policy: GatePolicy) -> Difference | None:
    first, second = (paired.scores(marks) for marks in paired.both)
    return delong_difference(paired.positive, first, second, significance=policy.significance)
