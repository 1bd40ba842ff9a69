"""What the champion and the other films say of the labels of new films."""

from dataclasses import dataclass

import keras
import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.gate.promotion_gate import LabelDoubts
from api.evaluation.intervals import delong
from api.evaluation.label_errors import LabelIssues, find_label_errors
from api.model_card.base import Interval
from api.model_card.verdicts.label_issue import LabelIssue
from api.tasks.task import Task
from api.training.assessment.assess_retrained import NewImages, Parent
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.out_of_distribution import spread
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.data.trainable_tail import TrainableTail
from api.training.models.mobilenet import FEATURES

# More would tell the same and take minutes.
MAX_CHECKED_IMAGES = 1000


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """What others say of the labels of the new films.

    Attributes:
        sources: of the films that were asked about.
        positive: (n,) True where the label says that there is a finding.
        scores: (n,) P(any finding) that the champion gives.
    """

    issues: LabelDoubts
    sources: tuple[str, ...]
    positive: BoolArray
    scores: FloatArray

    def _of(self, site: str) -> IntArray:
        return np.flatnonzero(np.array(self.sources) == site)

    def findings_of(self, site: str) -> LabelIssues:
        """Which labels of a site are contradicted: finding or none."""
        return self.issues.findings.among(self._of(site))

    def champion_auroc(self, site: str) -> tuple[float, Interval] | None:
        """Of a site's films as they are labelled; None of one kind only."""
        own = self._of(site)
        return delong(self.positive[own], self.scores[own])


def label_check(model: keras.Model, parent: Parent, new: NewImages, task: Task) -> LabelCheck:
    """How many of the new labels the other films contradict, and what the champion says of them."""
    splits = (TRAIN, VALIDATION, HOLDOUT)
    images = [(split, row) for split in splits for row in range(len(new.images[split]))]
    asked = [images[row] for row in spread(len(images), MAX_CHECKED_IMAGES)]
    latents = [
        new.only(split, [row for s, row in asked if s == split]).latents(split) for split in splits
    ]
    found, known = latents[0].joined(latents[1]).joined(latents[2]), parent.memory.splits[TRAIN]
    pooled = TrainableTail(model, parent.replay.first_trainable, until=FEATURES)
    features = pooled(found), pooled(known)

    none = task.negative_index
    findings = find_label_errors(
        features[0],
        (found.targets != none).astype(np.int64),
        features[1],
        (known.targets != none).astype(np.int64),
    )
    named, known_named = np.flatnonzero(found.targets >= 0), np.flatnonzero(known.targets >= 0)
    classes = find_label_errors(
        features[0][named],
        found.targets[named],
        features[1][known_named],
        known.targets[known_named],
    )
    of_class = zip((int(named[row]) for row in classes.rows), classes.expected, strict=True)
    expected: dict[int, tuple[str | None, float]] = {
        row: (task.label_of(target), share) for row, (target, share) in of_class
    }
    for row, (is_finding, share) in zip(findings.rows, findings.expected, strict=True):
        label = finding_of_any_kind(task) if is_finding else task.labels[none]
        expected.setdefault(row, (label, share))
    doubts = LabelDoubts(
        findings,
        classes,
        images=tuple(
            LabelIssue(found.sha256[row], task.label_of(int(found.targets[row])), label, share)
            for row, (label, share) in expected.items()
        ),
    )
    logits = TrainableTail(model, parent.replay.first_trainable)(found)
    predicted = SplitPredictions(logits, found.targets, found.sources).probabilities
    return LabelCheck(doubts, found.sources, found.targets != none, 1 - predicted[:, none])


def finding_of_any_kind(task: Task) -> str | None:
    """The coarse label that says no more than that there is a finding; None: the task has none."""
    kinds = set(task.labels) - {task.negative_class}
    return next((c.name for c in task.coarse_labels if set(c.classes) == kinds), None)
