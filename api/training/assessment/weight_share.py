"""How much of what a retraining changed is kept: the point on the line between two networks.

Weights between those of a network and those that fine-tuning made of it often keep what the first
one knew and most of what the second one learned (Wortsman et al. 2022). Which point is right
depends on the films; it is chosen on validation films, by the figures that the gate looks at. Where
the new films were learned in folds, each counts with what the fold that left it out says of it.
"""

import logging
from collections.abc import Sequence

import keras
import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.decision.decide import probabilities_of
from api.evaluation.calibration import MIN_IMAGES, fit_recalibration
from api.evaluation.operating_points import BALANCED
from api.tasks.task import Task
from api.training.assessment.assess_retrained import NewImages, Parent
from api.training.assessment.decision_rules import choose_rules
from api.training.assessment.sites.corrected_kinds import correct_kinds
from api.training.assessment.sites.cross_fit import answers_of, held_answers
from api.training.assessment.sites.fitted_network import FittedNetwork, SharePoint
from api.training.data.replay_memory import Latents
from api.training.data.splits import VALIDATION
from api.training.data.trainable_tail import TrainableTail
from api.training.fitting.learner import between

logger = logging.getLogger(__name__)

SHARES = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25)
# A probability of zero would weigh more than all others together.
SMALLEST = 1e-3


def choose_share(points: Sequence[SharePoint], *, max_forgotten: float) -> SharePoint:
    """The point that fits new films best among those that forget no more than allowed; where all
    do, the one that forgets least."""
    allowed = [point for point in points if point.forgotten <= max_forgotten]
    if allowed:
        return min(allowed, key=lambda point: point.new_loss)
    return min(points, key=lambda point: (point.forgotten, point.new_loss))


def keep_share(
    model: keras.Model, fitted: FittedNetwork, *, max_forgotten: float
) -> SharePoint | None:
    """Move a fine-tuned network to the point on the line that validation films speak for.

    Args:
        model: changed in place.

    Returns: the point; None, and nothing changes, where there are too few films to tell.
    """
    if not fitted.points:
        return None
    chosen = choose_share(fitted.points, max_forgotten=max_forgotten)
    model.set_weights(between(fitted.before, fitted.after, chosen.share))
    logger.info("kept share=%.2f of %s", chosen.share, fitted.points)
    return chosen


def share_points(
    model: keras.Model, fitted: FittedNetwork, new: NewImages, parent: Parent, task: Task
) -> tuple[SharePoint, ...]:
    """What validation films say of points on the line; none where there are too few to tell.

    The network stays as it is.
    """
    remembered = parent.memory.splits[VALIDATION]
    if len(remembered) < MIN_IMAGES or not (fitted.folds or new.images[VALIDATION]):
        return ()
    weights = model.get_weights()
    before, after = fitted.before, fitted.after
    tail = TrainableTail(model, parent.replay.first_trainable)
    model.set_weights(before)
    threshold = parent.card.operating_points[BALANCED].threshold
    known = _metrics(
        probabilities_of(tail(remembered), temperature=1.0), remembered, threshold, task
    )
    points = []
    for share in SHARES:
        if fitted.folds:
            # Their layers need not be solved anew: the odds of a finding would stay.
            answers = held_answers(model, tail, fitted, new, share=share)
            model.set_weights(between(before, after, share))
            correct_kinds(model, new, parent)
        else:
            model.set_weights(between(before, after, share))
            correct_kinds(model, new, parent)
            answers = answers_of(tail, new.images[VALIDATION], new)
        logits = np.concatenate([tail(remembered), answers.logits])
        probabilities, cut = _answers(
            logits, remembered.targets, answers.targets, task, parent, in_folds=bool(fitted.folds)
        )
        of_known = _metrics(probabilities[: len(remembered)], remembered, cut, task)
        points.append(
            SharePoint(
                share,
                float(max(known - of_known)),
                _loss(probabilities[len(remembered) :], answers.targets, task),
            )
        )
    model.set_weights(weights)
    return tuple(points)


def _answers(
    logits: FloatArray,
    remembered: IntArray,
    new: IntArray,
    task: Task,
    parent: Parent,
    *,
    in_folds: bool,
) -> tuple[FloatArray, float]:
    """(n, classes) probabilities as they will be calibrated, and the threshold as it will be.

    As in `assess_retrained`: in folds nothing is chosen on new films, which are all learned from.

    Args:
        remembered, new: targets, in this order.
    """
    if in_folds:
        n, usual = len(remembered), parent.known_rates
        rules = choose_rules(logits[:n], remembered, task, parent.card, usual_rates=usual)
    else:
        targets = np.concatenate([remembered, new])
        logits = fit_recalibration(logits, targets, task.allowed).apply(logits)
        rules = choose_rules(logits, targets, task, parent.card)
    return probabilities_of(logits, temperature=1.0), rules.threshold


def _metrics(
    probabilities: FloatArray, images: Latents, threshold: float, task: Task
) -> FloatArray:
    """(3,) sensitivity, specificity, balanced accuracy; 1 where no film tells."""
    positive = images.targets != task.negative_index
    decided = (1 - probabilities[:, task.negative_index] >= threshold) == positive
    named = probabilities.argmax(axis=1) == images.targets
    recalls = [named[images.targets == target] for target in range(len(task.labels))]
    balanced = [recall.mean() for recall in recalls if len(recall)]
    shares = [_share(decided[positive]), _share(decided[~positive])]
    return np.array([*shares, np.mean(balanced) if balanced else 1.0])


def _share(right: BoolArray) -> float:
    return float(right.mean()) if len(right) else 1.0


def _loss(probabilities: FloatArray, targets: IntArray, task: Task) -> float:
    score = 1 - probabilities[:, task.negative_index]
    likely = np.where(targets != task.negative_index, score, 1 - score)
    return float(-np.log(np.maximum(likely, SMALLEST)).mean())
