"""Which labels of new films the other films contradict: finding or none, and which class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import FloatArray, IntArray
from api.evaluation.gate.promotion_gate import LabelDoubts
from api.evaluation.label_errors import LabelIssues, find_label_errors
from api.model_card.verdicts.label_issue import LabelIssue
from api.tasks.task import Task


@dataclass(frozen=True, slots=True)
class DescribedImages:
    """Films as a network sees them.

    Attributes:
        features: (n, features).
        targets: (n,) class numbers; negative ones are coarse labels.
    """

    features: FloatArray
    targets: IntArray


def label_doubts(
    new: DescribedImages, known: DescribedImages, sha256: Sequence[str], task: Task
) -> LabelDoubts:
    """What the others say of each new film's label.

    Args:
        known: films whose labels are trusted.
        sha256: of the new films.
    """
    none = task.negative_index
    findings = find_label_errors(
        new.features,
        (new.targets != none).astype(np.int64),
        known.features,
        (known.targets != none).astype(np.int64),
    )
    named, known_named = np.flatnonzero(new.targets >= 0), np.flatnonzero(known.targets >= 0)
    classes = find_label_errors(
        new.features[named],
        new.targets[named],
        known.features[known_named],
        known.targets[known_named],
    )
    expected = _expected(findings, classes, named, task)
    images = tuple(
        LabelIssue(sha256[row], task.label_of(int(new.targets[row])), label, share)
        for row, (label, share) in expected.items()
    )
    return LabelDoubts(findings, classes, images=images)


def _expected(
    findings: LabelIssues, classes: LabelIssues, named: IntArray, task: Task
) -> dict[int, tuple[str | None, float]]:
    """By the row of each doubtful film what the others say, and its probability: the class, where
    they contradict that."""
    of_class = zip((int(named[row]) for row in classes.rows), classes.expected, strict=True)
    expected: dict[int, tuple[str | None, float]] = {
        row: (task.label_of(target), share) for row, (target, share) in of_class
    }
    for row, (is_finding, share) in zip(findings.rows, findings.expected, strict=True):
        label = finding_of_any_kind(task) if is_finding else task.labels[task.negative_index]
        expected.setdefault(row, (label, share))
    return expected


def finding_of_any_kind(task: Task) -> str | None:
    """The coarse label that says no more than that there is a finding; None: the task has none."""
    kinds = set(task.labels) - {task.negative_class}
    return next((c.name for c in task.coarse_labels if set(c.classes) == kinds), None)
