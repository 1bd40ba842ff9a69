"""One meaning of a pixel: the only way from a grey picture to the network's input."""

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from api.inputs.images import GreyImage

FloatImage = npt.NDArray[np.float32]


class PreprocessingSpec(BaseModel):
    """How a checkpoint wants its pixels; stored in the card beside the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    height: int = Field(224, ge=32, le=2048)
    width: int = Field(224, ge=32, le=2048)
    window_low: float = Field(0.0, ge=0, lt=1)
    window_high: float = Field(1.0, gt=0, le=1)
    scale: float = 1 / 127.5
    offset: float = -1.0

    def resize(self, image: GreyImage) -> GreyImage:
        """Squash to the network's size, averaging over the pixels that fall together.

        Args:
            image: (h, w) uint8.

        Returns: (height, width) uint8.
        """
        if image.shape == (self.height, self.width):
            return image
        resized = Image.fromarray(image).resize(
            (self.width, self.height), Image.Resampling.BILINEAR, reducing_gap=3.0
        )
        return np.asarray(resized)

    def normalise(self, image: GreyImage) -> FloatImage:
        """Stretch the grey levels between the window's percentiles, then scale and shift.

        The window takes exposure and burnt-in white text out of the question: what counts is a
        pixel's place among the film's own grey levels.

        Args:
            image: (height, width) uint8, at the network's size.

        Returns: (height, width, 1) float32, within [offset, 255 * scale + offset].
        """
        low, high = grey_percentiles(image, self.window_low, self.window_high)
        levels = np.arange(256, dtype=np.float32)
        stretched = np.clip((levels - low) * (255.0 / max(high - low, 1)), 0.0, 255.0)
        table: FloatImage = (stretched * self.scale + self.offset).astype(np.float32)
        return table[image][..., np.newaxis]

    def apply(self, image: GreyImage) -> FloatImage:
        """From a decoded picture to the network's input.

        Args:
            image: (h, w) uint8 of any size.

        Returns: (height, width, 1) float32.
        """
        return self.normalise(self.resize(image))


def grey_percentiles(image: GreyImage, low: float, high: float) -> tuple[int, int]:
    """Grey levels below which the fractions `low` and `high` of the pixels lie."""
    cumulated = np.bincount(image.ravel(), minlength=256).cumsum()
    ranks = np.maximum(np.array([low, high]) * cumulated[-1], 1)
    first, last = np.searchsorted(cumulated, ranks)
    return int(first), int(min(last, 255))
