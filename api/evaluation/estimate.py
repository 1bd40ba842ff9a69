"""A figure together with how far it could be off by chance."""

from collections.abc import Callable
from dataclasses import dataclass

from api.arrays import AnyArray, BoolArray, FloatArray
from api.evaluation.intervals import delong, resampled, wilson
from api.model_card.base import Interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; each is None where the images do not define it."""

    value: float | None
    interval: Interval | None = None


UNDEFINED = Estimate(None)


def estimate_share(hits: int, n: int) -> Estimate:
    """`hits` of `n`, with the Wilson interval; undefined where n is 0."""
    return Estimate(hits / n, wilson(hits, n)) if n else UNDEFINED


def estimate_auroc(positive: BoolArray, scores: FloatArray) -> Estimate:
    """Area under the ROC curve, with the DeLong interval; undefined without both kinds.

    Args:
        positive: (n,) True where there is a finding.
        scores: (n,), higher for a finding.
    """
    found = delong(positive, scores)
    return Estimate(*found) if found else UNDEFINED


def estimate_resampled(figure: Callable[..., float], *samples: AnyArray) -> Estimate:
    """Any figure, with the bootstrap interval; undefined where there are no images.

    Args:
        figure: takes the samples and returns a number, never NaN.
        samples: each (n, ...), resampled together.
    """
    if not len(samples[0]):
        return UNDEFINED
    return Estimate(figure(*samples), resampled(figure, *samples))
