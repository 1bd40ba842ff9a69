"""Champion and challenger before the gate, on films that neither has learned from."""

import keras
import numpy as np

from api.arrays import FloatArray
from api.evaluation.label_errors import find_label_errors
from api.evaluation.operating_points import BALANCED
from api.evaluation.promotion_gate import (
    CheckpointPredictions,
    LabelDoubts,
    PairedEvaluation,
    evaluate_gate,
)
from api.model_card.promotion_policy import GatePolicy, Verdict
from api.tasks.task import Task
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import NewImages, Parent, TrainableTail
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.out_of_distribution import spread
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models.mobilenet import FEATURES

# More would tell the same and take minutes.
MAX_CHECKED_IMAGES = 1000


class GateComparison:
    """Keeps the champion's answers while the network learns."""

    def __init__(
        self,
        model: keras.Model,
        parent: Parent,
        new: NewImages,
        task: Task,
        *,
        judged_before: set[str],
    ) -> None:
        """`judged_before` are the hashes of films that the champion was measured on."""
        self._task, self._parent = task, parent
        self._covered = sum(image.sha256 not in judged_before for image in new.images[HOLDOUT])
        self._films = parent.memory.splits[HOLDOUT].joined(new.latents(HOLDOUT))
        self._champion = self._predictions(
            TrainableTail(model, parent.replay.first_trainable)(self._films)
        )
        self._label_issues = _label_issues(model, parent, new, task)

    def verdict(self, assessment: Assessment) -> Verdict:
        """The gate's verdict on the network as it was assessed."""
        remembered = len(self._parent.memory.splits[HOLDOUT])
        return evaluate_gate(
            self._paired(assessment, slice(0, remembered)),
            self._paired(assessment, slice(remembered, None)),
            self._label_issues,
            self._covered,
            GatePolicy.model_validate(self._task.gate),
        )

    def _paired(self, assessment: Assessment, rows: slice) -> PairedEvaluation:
        points = self._parent.card.operating_points, assessment.fields["operating_points"]
        champion, challenger = (
            CheckpointPredictions(predictions.probabilities[rows], point[BALANCED].threshold)
            for predictions, point in zip(
                (self._champion, assessment.predictions[HOLDOUT]), points, strict=True
            )
        )
        return PairedEvaluation(
            targets=self._films.targets[rows],
            sources=self._films.sources[rows],
            champion=champion,
            challenger=challenger,
            classes=self._task.labels,
            negative_index=self._task.negative_index,
        )

    def _predictions(self, logits: FloatArray) -> SplitPredictions:
        return SplitPredictions(logits, self._films.targets, self._films.sources)


def _label_issues(model: keras.Model, parent: Parent, new: NewImages, task: Task) -> LabelDoubts:
    """How many of the new labels the other films contradict, and which."""
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
    rows = dict.fromkeys([*(int(named[row]) for row in classes.rows), *findings.rows])
    return LabelDoubts(findings, classes, images=tuple(found.sha256[row] for row in rows))
