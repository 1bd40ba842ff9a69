"""How a film was made rather than what it shows: tone curve, sharpness, noise, borders.

Films of one hospital share these figures, whoever lies in front of the detector; so they tell
whether a film comes from equipment like that of the films that were learned from.
"""

from functools import cache

import numpy as np
from PIL import Image

from api.arrays import BoolArray, Float32Array, FloatArray, IntArray
from api.inputs.images.decoding import GreyImage
from api.inputs.images.preprocessing import grey_counts

SIDE_PX = 224
# The middle of the picture that waves are counted in: its borders have figures of their own, and a
# transform of this size takes half of the time.
SPECTRUM_PX = 192
PERCENTILES = (0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100)
# Grey levels that count as black and as white.
BLACK, WHITE = 3, 252
MIDDLE = slice((SIDE_PX - SPECTRUM_PX) // 2, (SIDE_PX + SPECTRUM_PX) // 2)
BANDS = 20
# Cycles per pixel between which the bands of the power spectrum lie.
LOWEST_FREQUENCY, HIGHEST_FREQUENCY = 0.008, 0.71
FIRST_ANISOTROPY, ANISOTROPY_STEP = 4, 2
BORDER_PX = 9
HISTOGRAM_BINS = 16
N_FEATURES = len(PERCENTILES) + 2 + BANDS + len(range(FIRST_ANISOTROPY, BANDS + 1, 2)) + 8 + 16


def acquisition_features(image: GreyImage) -> Float32Array:
    """Percentiles of grey, shares of black and white, the power spectrum in radial bands and its
    anisotropy, means and deviations of the four borders, and the histogram.

    Args:
        image: (h, w) uint8, before any window; it is brought to 224 x 224 where it is not.

    Returns: (66,) float32. The picture's sides and the number of its grey levels are left out:
        they tell how a file was exported, not how the film was made.
    """
    if image.shape != (SIDE_PX, SIDE_PX):
        image = np.asarray(
            Image.fromarray(image).resize(
                (SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR, reducing_gap=3.0
            )
        )
    counts = grey_counts(image)
    pixels = image.astype(np.float32)
    histogram = counts.reshape(HISTOGRAM_BINS, -1).sum(axis=1) / image.size
    return np.concatenate(
        [
            _percentiles(counts),
            [counts[: BLACK + 1].sum() / image.size, counts[WHITE:].sum() / image.size],
            *_spectrum(pixels[MIDDLE, MIDDLE]),
            _borders(pixels),
            np.sqrt(histogram),
        ]
    ).astype(np.float32)


def _percentiles(counts: IntArray) -> FloatArray:
    ranks = np.maximum(np.array(PERCENTILES) / 100 * counts.sum(), 1)
    return np.asarray(np.searchsorted(counts.cumsum(), ranks), dtype=np.float64)


def _spectrum(pixels: Float32Array) -> tuple[FloatArray, FloatArray]:
    """Log power of each band, and of every other band vertical over horizontal waves."""
    layout = _spectrum_layout()
    contrast = (pixels - pixels.mean()) / (pixels.std() + np.float32(1e-3)) * layout.taper
    waves = np.fft.rfft2(contrast)
    power = waves.real**2 + waves.imag**2
    sums = np.bincount(layout.bins, weights=power.ravel(), minlength=2 * (BANDS + 2))
    vertical, horizontal = sums.reshape(2, -1)[:, 1 : BANDS + 1]
    n_vertical, n_horizontal = layout.counts[:, 1 : BANDS + 1]
    means = (vertical + horizontal) / np.maximum(n_vertical + n_horizontal, 1)
    shares = (vertical / np.maximum(n_vertical, 1) + 1e-6) / (
        horizontal / np.maximum(n_horizontal, 1) + 1e-6
    )
    return np.log(means + 1e-6), np.log(shares[FIRST_ANISOTROPY - 1 :: ANISOTROPY_STEP])


def _borders(pixels: Float32Array) -> FloatArray:
    strips = (
        pixels[:BORDER_PX], pixels[-BORDER_PX:], pixels[:, :BORDER_PX], pixels[:, -BORDER_PX:],
    )  # fmt: skip
    return np.array([figure for strip in strips for figure in (strip.mean(), strip.std())])


class _Layout:
    """What each value of the real spectrum counts towards."""

    def __init__(self) -> None:
        rows = np.fft.fftfreq(SPECTRUM_PX)[:, np.newaxis]
        columns = np.fft.rfftfreq(SPECTRUM_PX)[np.newaxis]
        edges = np.geomspace(LOWEST_FREQUENCY, HIGHEST_FREQUENCY, BANDS + 1)
        bands = np.digitize(np.hypot(rows, columns), edges)
        is_horizontal: BoolArray = np.abs(rows) <= np.abs(columns)
        self.bins: IntArray = (bands + is_horizontal * (BANDS + 2)).ravel()
        self.counts: IntArray = np.bincount(self.bins, minlength=2 * (BANDS + 2)).reshape(2, -1)
        window = np.hanning(SPECTRUM_PX).astype(np.float32)
        self.taper: Float32Array = np.outer(window, window)


@cache
def _spectrum_layout() -> _Layout:
    return _Layout()
