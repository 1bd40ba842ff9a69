"""One meaning of a pixel: the only way from a grey picture to the network's input."""

from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from PIL import Image
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.arrays import Float32Array, IntArray
from api.inputs.images.decoding import GreyImage
from api.inputs.images.pixels.foreground import only_foreground, with_bright_side_left

FloatImage = Float32Array

# Deviations shown from black to white, and the grey levels below which contrast is only noise.
MAX_DEVIATIONS = np.float32(2.5)
MIN_DEVIATION = np.float32(8.0)
MIN_WINDOW = 0.02


def _wide_enough(width: float) -> float:
    # Below the distance of the grid's points a pixel may have no neighbour to be compared with.
    if 0 < width < MIN_WINDOW:
        raise ValueError(f"must be 0 (off) or at least {MIN_WINDOW}")
    return width


class PreprocessingSpec(BaseModel):
    """How a checkpoint wants its pixels; stored in the card beside the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    height: int = Field(224, ge=32, le=2048)
    width: int = Field(224, ge=32, le=2048)
    foreground: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of the range of grey levels above which a pixel is no background; the "
        "picture is cut to the largest thing that is not, all else is black. 0: the whole picture.",
    )
    bright_side: Literal["any", "left"] = Field(
        "any", description="`left`: mirrored where its right half is the brighter one."
    )
    stretch: bool = Field(
        True,
        description="Whether grey levels are stretched between the window's ends; false: they are "
        "taken as they are, as networks want them that were trained elsewhere.",
    )
    window_low: float = Field(0.0, ge=0, lt=1)
    window_high: float = Field(1.0, gt=0, le=1)
    local_contrast: Annotated[float, Field(ge=0, le=1), AfterValidator(_wide_enough)] = 0.0
    scale: float = 1 / 127.5
    offset: float = -1.0

    def resize(self, image: GreyImage) -> GreyImage:
        """Frame, where that is wanted, then squash to the network's size, averaging over the
        pixels that fall together.

        Args:
            image: (h, w) uint8, as decoded.

        Returns: (height, width) uint8.
        """
        if self.foreground:
            image = only_foreground(image, self.foreground)
        if self.bright_side == "left":
            image = with_bright_side_left(image)
        if image.shape == (self.height, self.width):
            return image
        resized = Image.fromarray(image).resize(
            (self.width, self.height), Image.Resampling.BILINEAR, reducing_gap=3.0
        )
        return np.asarray(resized)

    def normalise(self, image: GreyImage) -> FloatImage:
        """Stretch the grey levels between the window's percentiles, then scale and shift.

        The window takes exposure and burnt-in white text out of the question: what counts is a
        pixel's place among the film's own grey levels. With `local_contrast` what counts is its
        place among its neighbours (see `standardised`), which takes uneven exposure and a
        scanner's tone curve out of the question too.

        Args:
            image: (height, width) uint8, at the network's size.

        Returns: (height, width, 1) float32, within [offset, 255 * scale + offset].
        """
        low, high = self._ends(image)
        levels = np.arange(256, dtype=np.float32)
        stretched = np.clip((levels - low) * (255.0 / max(high - low, 1)), 0.0, 255.0)
        if self.local_contrast:
            pixels = standardised(stretched[image], self.local_contrast)
            scaled = pixels * np.float32(self.scale) + np.float32(self.offset)
            return np.asarray(scaled[..., np.newaxis], dtype=np.float32)
        table: FloatImage = (stretched * self.scale + self.offset).astype(np.float32)
        return np.take(table, image)[..., np.newaxis]

    def _ends(self, image: GreyImage) -> tuple[int, int]:
        """The grey levels that become black and white."""
        if not self.stretch:
            return 0, 255
        return grey_percentiles(grey_counts(image), self.window_low, self.window_high)

    def apply(self, image: GreyImage) -> FloatImage:
        """From a decoded picture to the network's input.

        Args:
            image: (h, w) uint8 of any size.

        Returns: (height, width, 1) float32.
        """
        return self.normalise(self.resize(image))


def standardised(pixels: FloatImage, width: float) -> FloatImage:
    """Local contrast normalisation (Jarrett et al. 2009), on a coarse grid for speed.

    Each pixel less the Gaussian mean of its neighbourhood, divided by the neighbourhood's
    standard deviation; flat neighbourhoods are left flat.

    Args:
        pixels: (h, w) float32, 0..255.
        width: standard deviation of the neighbourhood, as a share of the picture's sides.

    Returns: (h, w) float32, 0..255; 127.5 is the local mean, the ends are 2.5 deviations off.
    """
    rows, columns = _smoother(pixels.shape[0], width), _smoother(pixels.shape[1], width)
    gaps = pixels - _smoothed(pixels, rows, columns)
    deviation = np.sqrt(_smoothed(gaps * gaps, rows, columns) + MIN_DEVIATION * MIN_DEVIATION)
    half = np.float32(127.5)
    shown = gaps * (half / MAX_DEVIATIONS) / deviation + half
    return np.asarray(np.clip(shown, 0, 2 * half))


Smoother = tuple[FloatImage, FloatImage]


def _smoothed(pixels: FloatImage, rows: Smoother, columns: Smoother) -> FloatImage:
    coarse = rows[0] @ pixels @ columns[0].T
    return np.asarray(rows[1] @ coarse @ columns[1].T)


@lru_cache(maxsize=8)
def _smoother(size: int, width: float) -> Smoother:
    """Two matrices: Gaussian means at every fourth pixel, and the way back by interpolation."""
    pixels = np.arange(size, dtype=np.float32)
    centres = np.linspace(0, size - 1, max(size // 4, 2), dtype=np.float32)
    weights = np.exp(-(((centres[:, None] - pixels) / (width * size)) ** 2) / 2)
    step = centres[1] - centres[0]
    back = np.maximum(0, 1 - np.abs(pixels[:, None] - centres) / step)
    return weights / weights.sum(axis=1, keepdims=True), back.astype(np.float32)


def grey_counts(image: GreyImage) -> IntArray:
    """How many pixels each of the 256 grey levels has."""
    return np.array(Image.fromarray(image).histogram(), dtype=np.int64)


def grey_percentiles(counts: IntArray, low: float, high: float) -> tuple[int, int]:
    """Grey levels below which the fractions `low` and `high` of the counted pixels lie."""
    cumulated = counts.cumsum()
    ranks = np.maximum(np.array([low, high]) * cumulated[-1], 1)
    first, last = np.searchsorted(cumulated, ranks)
    return int(first), int(min(last, 255))
