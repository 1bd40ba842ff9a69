"""What fine-tuning made of a network: where it began, where it ended, and what lies between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.arrays import Float32Array
from api.inputs.discovery import LabelledImage

Weights = Sequence[Float32Array]


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


@dataclass(frozen=True, slots=True)
class Fold:
    """The films that were left out, and the weights that the others gave, in Keras' order."""

    held: Sequence[LabelledImage]
    rest: Sequence[LabelledImage]
    weights: Weights


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """Weights of before and after fine-tuning, in Keras' order, and the share that was kept.

    `folds` are what `after` is the mean of; empty where the network learned in one piece. `points`
    are what validation films say of the way from one to the other; empty where too few tell.
    """

    before: Weights
    after: Weights
    share: float
    folds: tuple[Fold, ...] = ()
    points: tuple[SharePoint, ...] = ()


def mean_weights(members: Sequence[Weights]) -> list[Float32Array]:
    """The weights in the middle, array by array."""
    return [np.mean(same, axis=0, dtype=np.float32) for same in zip(*members, strict=True)]
