"""A network that learned in parts: each film is answered by one of them that did not learn it.

The films are dealt into folds, nobody's into two, and for each fold a network learns from the
others (cross-fitting). What is published is the mean of their weights (a model soup; Wortsman et
al. 2022), which has learned from all of them. So every film a site sent can be judged, where a
hold-out alone has a quarter of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from api.arrays import FloatArray, IntArray
from api.decision.decide import probabilities_of
from api.evaluation.intervals import delong
from api.inputs.discovery import LabelledImage
from api.model_card.base import Interval
from api.training.assessment.assess_retrained import (
    NewImages,
    Parent,
    grown_references,
)
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.sites.corrected_kinds import correct_kinds
from api.training.assessment.sites.fitted_network import FittedNetwork
from api.training.data.splits import TRAIN
from api.training.data.trainable_tail import TrainableTail
from api.training.fitting.learner import between

# Films whose activations are in memory at a time.
CHUNK = 256


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """What networks that did not learn a film say about it.

    Attributes:
        images: n films that the published network did learn from.
        predictions: of them, (n, classes), with distances to references made without them.
    """

    images: Sequence[LabelledImage]
    predictions: SplitPredictions


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutAnswers:
    """Films that are there, their targets as `Task.target_of` numbers labels, and (n, classes)
    logits."""

    images: list[LabelledImage]
    targets: IntArray
    logits: FloatArray

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(image.source for image in self.images)


def answers_of(
    tail: TrainableTail, images: Sequence[LabelledImage], new: NewImages
) -> HeldOutAnswers:
    """What a network says about new films; the activations of a few are in memory at a time."""
    there: list[LabelledImage] = []
    # Without films it says how many classes there are.
    logits = [tail(NewImages({TRAIN: []}, new.store, new.task).latents(TRAIN))]
    for start in range(0, len(images), CHUNK):
        some = images[start : start + CHUNK]
        xrays = NewImages({TRAIN: some}, new.store, new.task).latents(TRAIN)
        left = set(xrays.sha256)
        there += [image for image in some if image.sha256 in left]
        logits.append(tail(xrays))
    targets = np.array([new.task.target_of(image.label) for image in there], dtype=np.int64)
    return HeldOutAnswers(there, targets, np.concatenate(logits))


def held_answers(
    model: keras.Model,
    tail: TrainableTail,
    fitted: FittedNetwork,
    new: NewImages,
    *,
    share: float,
    prepare: Callable[[], None] = lambda: None,
) -> HeldOutAnswers:
    """About all films of the folds, by networks that did not learn them.

    Args:
        model: is given the weights of one fold after the other, and left with the last ones.
        share: of each fold's change that is kept.
        prepare: what is done to the network before it answers, once it has its weights.
    """
    found = []
    for fold in fitted.folds:
        model.set_weights(between(fitted.before, fold.weights, share))
        prepare()
        found.append(answers_of(tail, fold.held, new))
    return HeldOutAnswers(
        [image for answers in found for image in answers.images],
        np.concatenate([answers.targets for answers in found]),
        np.concatenate([answers.logits for answers in found]),
    )


def cross_fitted(
    model: keras.Model,
    fitted: FittedNetwork,
    new: NewImages,
    parent: Parent,
    *,
    share: float,
) -> CrossFitted:
    """What is said of all films of the folds. In folds nothing is calibrated again.

    The network's weights are as they were in the end.
    """
    weights = model.get_weights()
    tail = TrainableTail(model, parent.replay.first_trainable)
    answers = held_answers(
        model,
        tail,
        fitted,
        new,
        share=share,
        prepare=lambda: correct_kinds(model, new, parent),
    )
    model.set_weights(weights)
    there = {image.sha256 for image in answers.images}
    ood, site = [], []
    for fold in fitted.folds:
        held = [image for image in fold.held if image.sha256 in there]
        rest = NewImages({TRAIN: fold.rest}, new.store, new.task)
        measured = grown_references(rest, parent, new.task)
        ood.append(measured.ood_distances(new.store.early_features(held)))
        site.append(measured.site_distances(new.store.acquisition(held)))
    predictions = SplitPredictions(
        answers.logits,
        answers.targets,
        answers.sources,
        _joined(ood),
        _joined(site),
    )
    return CrossFitted(answers.images, predictions)


def _joined(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None


def label_aurocs(
    model: keras.Model, fitted: FittedNetwork, new: NewImages, parent: Parent
) -> dict[str, tuple[float, Interval]]:
    """How well networks that did not learn them tell each site's films apart by their labels.

    AUROC of P(any finding) with its interval of 95 % (DeLong), by site; sites with films of one
    kind only are left out, and so are all where nothing was learned in folds. The network stays
    as it is.
    """
    if not fitted.folds:
        return {}
    weights = model.get_weights()
    tail = TrainableTail(model, parent.replay.first_trainable)
    answers = held_answers(model, tail, fitted, new, share=1.0)
    model.set_weights(weights)
    none = new.task.negative_index
    scores = 1 - probabilities_of(answers.logits, temperature=1.0)[:, none]
    positive, sources = answers.targets != none, np.array(answers.sources)
    areas = {
        str(site): delong(positive[sources == site], scores[sources == site])
        for site in np.unique(sources)
    }
    return {site: area for site, area in areas.items() if area is not None}
