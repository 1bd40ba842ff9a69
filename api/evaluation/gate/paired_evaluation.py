"""Champion and challenger on the same films: who was right where, and figures with intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.gate.paired_tests import PairedDifference, delong_difference, resampled

# Of a group with fewer films, a share says nothing.
MIN_GROUP = 10


@dataclass(frozen=True, slots=True)
class CheckpointPredictions:
    """What one checkpoint says about n films, and where it cuts.

    Attributes:
        probabilities: (n, classes) in [0, 1].
        threshold: of P(any finding).
        referred: (n,) True where a person is asked instead of answering; None: not known, so
            everything counts as answered.
        decided: (n,) whether a finding is decided, where not one threshold decides about all films
            (rules made without the film that is judged); None: the threshold does.
    """

    probabilities: FloatArray
    threshold: float
    referred: BoolArray | None = None
    decided: BoolArray | None = None

    def at(self, rows: IntArray) -> "CheckpointPredictions":
        """Those of some films, by number."""
        referred = None if self.referred is None else self.referred[rows]
        decided = None if self.decided is None else self.decided[rows]
        return CheckpointPredictions(self.probabilities[rows], self.threshold, referred, decided)

    def decisions(self, negative_index: int) -> BoolArray:
        """(n,) whether a finding is decided."""
        if self.decided is not None:
            return self.decided
        return np.asarray(1 - self.probabilities[:, negative_index] >= self.threshold)

    def joined(self, other: "CheckpointPredictions", negative_index: int) -> Self:
        """These films, then others; a film counts as answered where nothing else is known."""
        referred = [
            np.zeros(len(marks.probabilities), bool) if marks.referred is None else marks.referred
            for marks in (self, other)
        ]
        known = self.referred is not None or other.referred is not None
        return replace(
            self,
            probabilities=np.concatenate([self.probabilities, other.probabilities]),
            referred=np.concatenate(referred) if known else None,
            decided=np.concatenate(
                [self.decisions(negative_index), other.decisions(negative_index)]
            ),
        )


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
        return np.asarray(marks.decisions(self.negative_index) == self.positive)

    @property
    def knows_referrals(self) -> bool:
        """Whether it is known of both which films they refer."""
        return all(marks.referred is not None for marks in self.both)

    def is_answered(self, marks: CheckpointPredictions) -> BoolArray:
        """(n,) whether the film gets an answer, instead of being referred."""
        if marks.referred is None:
            return np.ones(len(self), dtype=bool)
        return ~marks.referred

    def is_answered_right(self, marks: CheckpointPredictions) -> BoolArray:
        """(n,) whether finding or none is answered, and right."""
        return self.is_answered(marks) & self.decision_is_right(marks)

    def is_answered_wrong(self, marks: CheckpointPredictions) -> BoolArray:
        """(n,) whether finding or none is answered, and wrong."""
        return self.is_answered(marks) & ~self.decision_is_right(marks)

    def label_is_right(self, marks: CheckpointPredictions) -> BoolArray:
        """(n,) whether the most probable class is right; False where the class is not known."""
        return np.asarray(marks.probabilities.argmax(axis=1) == self.targets)

    def at(self, rows: BoolArray) -> "PairedEvaluation":
        """Some of the films.

        Args:
            rows: (n,) True where a film stays.
        """
        selected = np.flatnonzero(rows)
        return replace(
            self,
            targets=self.targets[selected],
            sources=[self.sources[row] for row in selected.tolist()],
            champion=self.champion.at(selected),
            challenger=self.challenger.at(selected),
        )

    def joined(self, other: "PairedEvaluation") -> Self:
        """These films, then others, of the same checkpoints."""
        champion, challenger = (
            own.joined(more, self.negative_index)
            for own, more in zip(self.both, other.both, strict=True)
        )
        return replace(
            self,
            targets=np.concatenate([self.targets, other.targets]),
            sources=[*self.sources, *other.sources],
            champion=champion,
            challenger=challenger,
        )

    def of_one_sided_sources(self) -> BoolArray:
        """(n,) True for films of sources that have films with a finding only, or only without."""
        sources = np.array(self.sources)
        ill, well = set(sources[self.positive]), set(sources[~self.positive])
        return np.array([(name in ill) != (name in well) for name in self.sources], dtype=bool)

    def of_source(self, source: str) -> "PairedEvaluation":
        """The films of one source."""
        return self.at(np.array([name == source for name in self.sources], dtype=bool))


def balanced_accuracy(paired: PairedEvaluation, *, significance: float) -> PairedDifference | None:
    """Mean recall of the classes, on the films whose class is known."""
    known = np.flatnonzero(paired.targets >= 0)
    if not len(known):
        return None
    first, second = (paired.label_is_right(marks)[known] for marks in paired.both)
    return _mean_of_groups(first, second, paired.targets[known], significance=significance)


def balanced_decisions(paired: PairedEvaluation, *, significance: float) -> PairedDifference:
    """Mean recall of the classes; of finding and none where some findings are of unknown kind."""
    coarse = bool((paired.targets < 0).any())
    groups = paired.positive.astype(np.int64) if coarse else paired.targets
    first, second = (
        paired.decision_is_right(marks) if coarse else paired.label_is_right(marks)
        for marks in paired.both
    )
    return _mean_of_groups(first, second, groups, significance=significance)


def _mean_of_groups(
    first: BoolArray, second: BoolArray, groups: IntArray, *, significance: float
) -> PairedDifference:
    members = np.unique(groups, return_inverse=True)[1]

    def of(rows: IntArray) -> tuple[float, float]:
        drawn = members[rows]
        counts = np.bincount(drawn)
        there = counts > 0

        def mean(right: BoolArray) -> float:
            return float((np.bincount(drawn, right[rows])[there] / counts[there]).mean())

        return mean(first), mean(second)

    return resampled(of, len(first), significance=significance)


def finding_or_none(paired: PairedEvaluation, *, significance: float) -> PairedDifference:
    """Mean of sensitivity and specificity."""
    first, second = (paired.decision_is_right(marks) for marks in paired.both)
    return _mean_of_groups(
        first, second, paired.positive.astype(np.int64), significance=significance
    )


def answered_right(paired: PairedEvaluation, *, significance: float) -> PairedDifference:
    """Mean of the shares of films with and without a finding that are answered right.

    What is referred is no right answer; where nothing is, it is `finding_or_none`.
    """
    first, second = (paired.is_answered_right(marks) for marks in paired.both)
    return _mean_of_groups(
        first, second, paired.positive.astype(np.int64), significance=significance
    )


def share_decided(
    paired: PairedEvaluation, side: BoolArray, *, significance: float
) -> PairedDifference | None:
    """Share of right decisions on one side; None where it has no film.

    Args:
        side: (n,) True for the films that count.
    """
    if not side.any():
        return None
    first, second = (paired.decision_is_right(marks)[side] for marks in paired.both)

    def of(rows: IntArray) -> tuple[float, float]:
        return float(first[rows].mean()), float(second[rows].mean())

    return resampled(of, len(first), significance=significance)


def auroc(paired: PairedEvaluation, *, significance: float) -> PairedDifference | None:
    """Area under the curve of P(any finding); None where one side has fewer than two films."""
    first, second = (paired.scores(marks) for marks in paired.both)
    return delong_difference(paired.positive, first, second, significance=significance)


def groups_of(paired: PairedEvaluation) -> Iterator[tuple[str, BoolArray, BoolArray]]:
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
