"""Simple figures of a film that people can check by eye, and that drift shows in first."""

from dataclasses import dataclass

import numpy as np

from api.inputs.images.decoding import GreyImage

BRIGHTNESS_BINS = 16
# A step of this many grey levels between neighbours is an edge to the eye.
EDGE_STEP = 12


@dataclass(frozen=True, slots=True)
class ImageStatistics:
    """Of one film at the network's size.

    brightness: mean grey level, 0..255. edge_density: share of pixels on an edge, 0..1.
    histogram: shares of the pixels in 16 equal bins of 0..255, summing to 1.
    """

    brightness: float
    edge_density: float
    histogram: tuple[float, ...]


def image_statistics(image: GreyImage) -> ImageStatistics:
    """Figures of `image`, (h, w) uint8."""
    grey = image.astype(np.int16)
    step = np.maximum(np.abs(np.diff(grey, axis=0))[:, 1:], np.abs(np.diff(grey, axis=1))[1:, :])
    counts = np.bincount(image.ravel() // (256 // BRIGHTNESS_BINS), minlength=BRIGHTNESS_BINS)
    return ImageStatistics(
        brightness=float(image.mean()),
        edge_density=float((step >= EDGE_STEP).mean()),
        histogram=tuple(round(float(share), 5) for share in counts / image.size),
    )
