"""How much of what a retraining changed is kept: the point on the line between two networks.

Weights between those of a network and those that fine-tuning made of it often keep what the first
one knew and most of what the second one learned (Wortsman et al. 2022). Which point is right
depends on the films; it is chosen on validation films, by the figures that the gate looks at.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from api.arrays import BoolArray, FloatArray
from api.decision.decide import probabilities_of
from api.evaluation.calibration import MIN_IMAGES, fit_recalibration
from api.evaluation.operating_points import BALANCED
from api.tasks.task import Task
from api.training.assessment.assess_retrained import NewImages, Parent, TrainableTail
from api.training.assessment.decision_rules import choose_rules
from api.training.data.replay_memory import Latents
from api.training.data.splits import VALIDATION
from api.training.fitting.fit import between

logger = logging.getLogger(__name__)

SHARES = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25)
# A probability of zero would weigh more than all others together.
SMALLEST = 1e-3


@dataclass(frozen=True, slots=True)
class SharePoint:
    """What validation films say of one point on the line.

    Attributes:
        forgotten: the largest fall of sensitivity, specificity and balanced accuracy on remembered
            films, in [-1, 1].
        new_loss: mean negative log-likelihood of finding or none, on the new films.
    """

    share: float
    forgotten: float
    new_loss: float


def choose_share(points: Sequence[SharePoint], *, max_forgotten: float) -> SharePoint:
    """The point that fits new films best among those that forget no more than allowed; where all
    do, the one that forgets least."""
    allowed = [point for point in points if point.forgotten <= max_forgotten]
    if allowed:
        return min(allowed, key=lambda point: point.new_loss)
    return min(points, key=lambda point: (point.forgotten, point.new_loss))


def keep_share(
    model: keras.Model,
    before: Sequence[FloatArray],
    new: NewImages,
    parent: Parent,
    task: Task,
    *,
    max_forgotten: float,
) -> SharePoint | None:
    """Move a fine-tuned network to the point on the line that validation films speak for.

    Args:
        model: as fine-tuning left it; changed in place.
        before: its weights as they were, in Keras' order.

    Returns: the point; None, and nothing changes, where there are too few films to tell.
    """
    remembered, films = parent.memory.splits[VALIDATION], new.latents(VALIDATION)
    if len(remembered) < MIN_IMAGES or not len(films):
        return None
    after = model.get_weights()
    tail = TrainableTail(model, parent.replay.first_trainable)
    model.set_weights(before)
    threshold = parent.card.operating_points[BALANCED].threshold
    known = _figures(
        probabilities_of(tail(remembered), temperature=1.0), remembered, threshold, task
    )
    points = []
    for share in SHARES:
        model.set_weights(between(before, after, share))
        probabilities, cut = _answers(tail, remembered.joined(films), task, parent)
        of_known = _figures(probabilities[: len(remembered)], remembered, cut, task)
        points.append(
            SharePoint(
                share,
                float(max(known - of_known)),
                _loss(probabilities[len(remembered) :], films, task),
            )
        )
    chosen = choose_share(points, max_forgotten=max_forgotten)
    model.set_weights(between(before, after, chosen.share))
    logger.info("kept share=%.2f of %s", chosen.share, points)
    return chosen


def _answers(
    tail: TrainableTail, films: Latents, task: Task, parent: Parent
) -> tuple[FloatArray, float]:
    """(n, classes) probabilities as they will be calibrated, and the threshold as it will be."""
    logits = tail(films)
    calibrated = fit_recalibration(logits, films.targets, task.allowed).apply(logits)
    rules = choose_rules(calibrated, films.targets, task, parent.card)
    return probabilities_of(calibrated, temperature=1.0), rules.threshold


def _figures(probabilities: FloatArray, films: Latents, threshold: float, task: Task) -> FloatArray:
    """(3,) sensitivity, specificity, balanced accuracy; 1 where no film tells."""
    positive = films.targets != task.negative_index
    decided = (1 - probabilities[:, task.negative_index] >= threshold) == positive
    named = probabilities.argmax(axis=1) == films.targets
    recalls = [named[films.targets == target] for target in range(len(task.labels))]
    balanced = [recall.mean() for recall in recalls if len(recall)]
    shares = [_share(decided[positive]), _share(decided[~positive])]
    return np.array([*shares, np.mean(balanced) if balanced else 1.0])


def _share(right: BoolArray) -> float:
    return float(right.mean()) if len(right) else 1.0


def _loss(probabilities: FloatArray, films: Latents, task: Task) -> float:
    score = 1 - probabilities[:, task.negative_index]
    likely = np.where(films.targets != task.negative_index, score, 1 - score)
    return float(-np.log(np.maximum(likely, SMALLEST)).mean())
