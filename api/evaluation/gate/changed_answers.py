"""Which held-out inputs champion and challenger answer differently, worst first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.gate.class_gate import PairedRows
from api.evaluation.gate.paired_evaluation import PairedEvaluation
from api.model_card.changed_answers import MAX_LISTED, Change, ChangedAnswer, ChangedAnswers

DECIMALS = 4


@dataclass(frozen=True, slots=True)
class HeldOut:
    """n inputs that both checkpoints were asked about.

    Attributes:
        sha256, sources, truths: (n,) content hashes, names of sources, labels.
        targets: (n,) class numbers; negative ones are coarse labels, a finding of unknown kind.
        remembered: how many of them, the first ones, the lineage carries along.
    """

    sha256: Sequence[str]
    sources: Sequence[str]
    truths: Sequence[str]
    targets: IntArray
    remembered: int


@dataclass(frozen=True, slots=True)
class CheckpointAnswers:
    """What one checkpoint says about n inputs.

    Attributes:
        probabilities: (n, classes) in [0, 1].
        findings: (n,) whether a finding is decided; None where there is no negative class.
    """

    probabilities: FloatArray
    findings: BoolArray | None = None

    @property
    def classes(self) -> IntArray:
        """(n,) numbers of the most probable classes."""
        return np.asarray(self.probabilities.argmax(axis=1))


def changed_images(
    paired: PairedEvaluation, sha256: Sequence[str], labels: Sequence[str], *, remembered: int
) -> ChangedAnswers:
    """Of films whose finding, or none, is decided.

    Args:
        sha256, labels: (n,) content hashes and true labels, coarse ones too.
        remembered: how many of them, the first ones, the lineage carries along.
    """
    before, after = (
        CheckpointAnswers(marks.probabilities, marks.decisions(paired.negative_index))
        for marks in paired.both
    )
    images = HeldOut(sha256, paired.sources, labels, paired.targets, remembered)
    return changed_answers(
        images, before, after, paired.classes, negative_index=paired.negative_index
    )


def changed_rows(
    paired: PairedRows, sha256: Sequence[str], sources: Sequence[str], *, remembered: int
) -> ChangedAnswers:
    """Of inputs whose classes count alike; the arguments as of films."""
    truths = [paired.classes[target] for target in paired.targets.tolist()]
    rows = HeldOut(sha256, sources, truths, paired.targets, remembered)
    before, after = CheckpointAnswers(paired.champion), CheckpointAnswers(paired.challenger)
    return changed_answers(rows, before, after, paired.classes, negative_index=None)


def changed_answers(
    inputs: HeldOut,
    before: CheckpointAnswers,
    after: CheckpointAnswers,
    classes: Sequence[str],
    *,
    negative_index: int | None,
) -> ChangedAnswers:
    """The inputs whose class or decision changed.

    Worst first: what was right and is wrong now, by how much of the truth's probability was lost;
    then what is as right as before; then what got better.
    """
    changed = before.classes != after.classes
    if before.findings is not None and after.findings is not None:
        changed |= before.findings != after.findings
    steps = _rightness(inputs, after, negative_index) - _rightness(inputs, before, negative_index)
    lost = _of_truth(inputs, before, negative_index) - _of_truth(inputs, after, negative_index)
    rows = np.flatnonzero(changed)
    # Last key first.
    ordered = rows[np.lexsort((-lost[rows], steps[rows]))].tolist()
    counts = Counter(_change(int(steps[row])) for row in ordered)
    return ChangedAnswers(
        compared=len(inputs.targets),
        counts={change: counts[change] for change in Change},
        listed=tuple(
            _entry(inputs, before, after, classes, row, _change(int(steps[row])))
            for row in ordered[:MAX_LISTED]
        ),
    )


def _rightness(inputs: HeldOut, answers: CheckpointAnswers, negative_index: int | None) -> IntArray:
    """(n,) 0 where the decision is wrong, 1 where only the class is, 2 where nothing is.

    Of a coarse label there is no class that could be wrong.
    """
    named = (answers.classes == inputs.targets) | (inputs.targets < 0)
    if answers.findings is None or negative_index is None:
        return np.where(named, 2, 0)
    decided = answers.findings == (inputs.targets != negative_index)
    return np.where(decided, 1 + named, 0)


def _of_truth(
    inputs: HeldOut, answers: CheckpointAnswers, negative_index: int | None
) -> FloatArray:
    """(n,) probability of the true class; of any finding where its kind is not known."""
    own = answers.probabilities[np.arange(len(inputs.targets)), np.maximum(inputs.targets, 0)]
    if negative_index is None:
        return np.asarray(own)
    finding = 1 - answers.probabilities[:, negative_index]
    return np.where(inputs.targets < 0, finding, own)


def _change(step: int) -> Change:
    if step == 0:
        return Change.NEITHER
    return Change.WORSE if step < 0 else Change.BETTER


def _entry(
    inputs: HeldOut,
    before: CheckpointAnswers,
    after: CheckpointAnswers,
    classes: Sequence[str],
    row: int,
    change: Change,
) -> ChangedAnswer:
    return ChangedAnswer(
        sha256=inputs.sha256[row],
        source=inputs.sources[row],
        remembered=row < inputs.remembered,
        truth=inputs.truths[row],
        change=change,
        before=classes[int(before.classes[row])],
        after=classes[int(after.classes[row])],
        finding_before=None if before.findings is None else bool(before.findings[row]),
        finding_after=None if after.findings is None else bool(after.findings[row]),
        probabilities_before=_rounded(before.probabilities[row]),
        probabilities_after=_rounded(after.probabilities[row]),
    )


def _rounded(probabilities: FloatArray) -> tuple[float, ...]:
    return tuple(round(float(each), DECIMALS) for each in probabilities)
