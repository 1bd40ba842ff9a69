"""Champion against challenger on the same held-out films: each condition with its figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from api.evaluation.label_errors import Doubt
from api.evaluation.paired_tests import Difference, delong_difference, mcnemar, resampled
from api.model_card.promotion_policy import Check, GatePolicy, Verdict

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
# Of a group with fewer films, a share says nothing.
MIN_GROUP = 10
SHOWN_FILMS = 20
# 0.8 - 0.7 is more than 0.1 to a computer.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Marks:
    """What one checkpoint says about n films, and where it cuts.

    Attributes:
        probabilities: (n, classes) in [0, 1].
        threshold: of P(any finding).
    """

    probabilities: FloatArray
    threshold: float


@dataclass(frozen=True, slots=True)
class Exam:
    """Both checkpoints on the same films.

    Attributes:
        targets: (n,) class numbers; negative ones are coarse labels, a finding of unknown kind.
        sources: (n,) names.
    """

    targets: IntArray
    sources: Sequence[str]
    champion: Marks
    challenger: Marks
    classes: Sequence[str]
    negative_index: int

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def positive(self) -> BoolArray:
        return np.asarray(self.targets != self.negative_index)

    @property
    def both(self) -> tuple[Marks, Marks]:
        return self.champion, self.challenger

    def scores(self, marks: Marks) -> FloatArray:
        """(n,) P(any finding)."""
        return np.asarray(1 - marks.probabilities[:, self.negative_index])

    def decided(self, marks: Marks) -> BoolArray:
        """(n,) whether finding or none was decided right."""
        return np.asarray((self.scores(marks) >= marks.threshold) == self.positive)

    def named(self, marks: Marks) -> BoolArray:
        """(n,) whether the most probable class is right; False where the class is not known."""
        return np.asarray(marks.probabilities.argmax(axis=1) == self.targets)


@dataclass(frozen=True, slots=True)
class Doubts:
    """About the labels of all new films: finding or none, and which class.

    `films` are the hashes of those whose class is doubtful, the most doubtful first.
    """

    findings: Doubt
    classes: Doubt
    films: Sequence[str]


def judge(
    remembered: Exam, local: Exam, doubts: Doubts, covered: int, policy: GatePolicy
) -> Verdict:
    """Whether the challenger may replace the champion.

    Args:
        remembered: on the hold-out that the lineage carries along.
        local: on the new films that are held out.
        covered: how many of the latter the champion was never measured on.
    """
    checks = [_enough(local, policy), _labels(doubts, policy)]
    checks += _not_worse(remembered, policy)
    checks += _kinds(remembered, policy)
    if len(local):
        checks += _locally(local, policy)
    return Verdict((*checks, _gain(remembered, local, covered)))


def _enough(local: Exam, policy: GatePolicy) -> Check:
    n, wanted = len(local), policy.min_local_films
    detail = (
        f"{n} of the new films were held out."
        if n >= wanted
        else f"Only {n} of the new films were held out, and {wanted} are needed to judge; a "
        f"quarter of each class is held out, so upload about {4 * (wanted - n)} more."
    )
    return Check("enough held-out films", n >= wanted, detail)


def _labels(doubts: Doubts, policy: GatePolicy) -> Check:
    """Bacterial and viral are confused by everybody; ill and well are not."""
    limits = (
        ("finding or none", doubts.findings, policy.max_doubtful_findings),
        ("class", doubts.classes, policy.max_doubtful_classes),
    )
    said = [
        f"{len(doubt.rows)} of {doubt.n} as to {what} ({doubt.share:.0%}, allowed {limit:.0%})"
        for what, doubt, limit in limits
    ]
    passed = all(doubt.low <= limit for _, doubt, limit in limits)
    detail = f"Labels of new films that the other films contradict: {'; '.join(said)}. " + (
        "That is within bounds, or may be luck."
        if passed
        else "That is no luck: correct them (PATCH /samples/SHA256), and retrain."
    )
    return Check("labels", passed, detail, films=tuple(doubts.films[:SHOWN_FILMS]))


def _not_worse(exam: Exam, policy: GatePolicy) -> Iterator[Check]:
    """Non-inferiority on what was known before, figure by figure."""
    if not len(exam):
        detail = "The champion remembers no held-out films; what was forgotten cannot be measured."
        yield Check("remembered films", False, detail)
        return
    for name, difference, margin in (
        ("balanced accuracy", _balanced_accuracy(exam, policy), policy.label_margin),
        ("sensitivity", _share_decided(exam, exam.positive, policy), policy.margin),
        ("specificity", _share_decided(exam, ~exam.positive, policy), policy.margin),
        ("AUROC", _auroc(exam, policy), policy.auroc_margin),
    ):
        if difference is None:
            continue
        passed = difference.low >= -margin
        yield Check(
            f"{name}, remembered films",
            passed,
            f"On the {len(exam)} remembered held-out films {name} went from "
            f"{difference.first:.3f} to {difference.second:.3f}: "
            f"{'not lower' if passed else 'it may be lower'} by {margin:.3f} or more "
            f"(bound {difference.low:+.3f}).",
            difference.first,
            difference.second,
        )


def _kinds(exam: Exam, policy: GatePolicy) -> Iterator[Check]:
    """No class of a source may pay for the others by its decisions, no source by its labels."""
    if not len(exam):
        return
    worst: tuple[float, str] = (0.0, "")
    failed: list[str] = []
    for name, first, second in _groups(exam):
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


def _groups(exam: Exam) -> Iterator[tuple[str, BoolArray, BoolArray]]:
    """Groups that are large enough: their names, and whether either checkpoint was right."""
    decided = [exam.decided(marks) for marks in exam.both]
    named = [exam.named(marks) for marks in exam.both]
    sources = np.array(exam.sources)
    for source in sorted(set(exam.sources)):
        own = sources == source
        known = own & (exam.targets >= 0)
        if known.sum() >= MIN_GROUP:
            yield f"labels of {source}", named[0][known], named[1][known]
        members = [(label, exam.targets == target) for target, label in enumerate(exam.classes)]
        for label, of_label in [*members, ("findings of unknown kind", exam.targets < 0)]:
            rows = own & of_label
            if rows.sum() >= MIN_GROUP:
                yield f"decisions on {label} of {source}", decided[0][rows], decided[1][rows]


def _locally(exam: Exam, policy: GatePolicy) -> Iterator[Check]:
    difference = _balanced_decisions(exam, policy)
    passed = difference.gain >= 0 or difference.low >= -policy.local_margin
    yield Check(
        "balanced accuracy, new films",
        passed,
        f"On the {len(exam)} new held-out films balanced accuracy went from "
        f"{difference.first:.3f} to {difference.second:.3f}"
        + ("." if passed else f"; it may be more than {policy.local_margin:.3f} lower."),
        difference.first,
        difference.second,
    )
    first, second = (exam.decided(marks) for marks in exam.both)
    luck = mcnemar(first, second)
    fall = float(first.mean() - second.mean())
    passed = luck >= policy.significance and fall <= policy.kind_margin + ROUNDING
    yield Check(
        "decisions, new films",
        passed,
        f"{int(first.sum())} of {len(exam)} new held-out films were decided right before, "
        f"{int(second.sum())} are now"
        + ("." if passed else f"; that is too many fewer (McNemar p = {luck:.2g})."),
        float(first.mean()),
        float(second.mean()),
    )


def _gain(remembered: Exam, local: Exam, covered: int) -> Check:
    """Nothing is replaced for nothing: something must be better, or new films be covered."""
    better = [
        f"{name} on {where} films"
        for where, exam in (("remembered", remembered), ("new", local))
        if len(exam)
        for name, right in (("decisions", exam.decided), ("labels", exam.named))
        if right(exam.challenger).sum() > right(exam.champion).sum()
    ]
    if better:
        return Check("something gained", True, f"Better than before: {', '.join(better)}.")
    detail = (
        f"No figure is better, but {covered} new held-out films are covered now."
        if covered
        else "No figure is better than the champion's, and there are no films it did not know."
    )
    return Check("something gained", covered > 0, detail)


def _balanced_accuracy(exam: Exam, policy: GatePolicy) -> Difference | None:
    """Mean recall of the classes, on the films whose class is known."""
    known = np.flatnonzero(exam.targets >= 0)
    if not len(known):
        return None
    first, second = (exam.named(marks)[known] for marks in exam.both)
    return _mean_of_groups(first, second, exam.targets[known], policy)


def _balanced_decisions(exam: Exam, policy: GatePolicy) -> Difference:
    """Mean recall of the classes; of finding and none where some findings are of unknown kind."""
    coarse = bool((exam.targets < 0).any())
    groups = exam.positive.astype(np.int64) if coarse else exam.targets
    first, second = (exam.decided(marks) if coarse else exam.named(marks) for marks in exam.both)
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


def _share_decided(exam: Exam, side: BoolArray, policy: GatePolicy) -> Difference | None:
    if not side.any():
        return None
    first, second = (exam.decided(marks)[side] for marks in exam.both)

    def of(rows: IntArray) -> tuple[float, float]:
        return float(first[rows].mean()), float(second[rows].mean())

    return resampled(of, len(first), significance=policy.significance)


def _auroc(exam: Exam, policy: GatePolicy) -> Difference | None:
    first, second = (exam.scores(marks) for marks in exam.both)
    return delong_difference(exam.positive, first, second, significance=policy.significance)
