"""What the champion and the other films say of the labels of new films."""

from dataclasses import dataclass

import keras
import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.evaluation.gate.promotion_gate import LabelDoubts
from api.evaluation.intervals import delong
from api.evaluation.label_errors import LabelIssues
from api.model_card.base import Interval
from api.tasks.task import Task
from api.training.assessment.assess_retrained import NewImages, Parent
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.label_doubts import DescribedImages, label_doubts
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
    doubts = label_doubts(
        DescribedImages(pooled(found), found.targets),
        DescribedImages(pooled(known), known.targets),
        found.sha256,
        task,
    )
    logits = TrainableTail(model, parent.replay.first_trainable)(found)
    predicted = SplitPredictions(logits, found.targets, found.sources).probabilities
    none = task.negative_index
    return LabelCheck(doubts, found.sources, found.targets != none, 1 - predicted[:, none])
