"""Whether a picture is good enough to be read at all."""

from collections.abc import Iterator

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from api.inputs.images.decoding import GreyImage
from api.inputs.images.preprocessing import grey_counts, grey_percentiles

MIN_DETAIL_PX = 224


class QualityBounds(BaseModel):
    """What a film must show before its answer counts; written in the task file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_side_px: int = Field(1, ge=1, description="Shortest side, pixels.")
    max_aspect: float = Field(100.0, ge=1, description="Longer side over shorter side.")
    min_grey_range: int = Field(
        0, ge=0, le=255, description="Grey levels between the 1st and 99th percentile."
    )
    max_clipped: float = Field(
        1.0, ge=0, le=1, description="Share of pixels at the darkest or brightest level."
    )


def quality_issues(image: GreyImage, bounds: QualityBounds) -> tuple[str, ...]:
    """Why a film is too poor to be trusted, one sentence each; empty if it is good enough.

    Args:
        image: (h, w) uint8, as decoded, before any resizing.
    """
    return tuple(_issues(image, bounds))


def _issues(image: GreyImage, bounds: QualityBounds) -> Iterator[str]:
    height, width = image.shape
    if min(height, width) < bounds.min_side_px:
        yield (
            f"The picture is only {width} x {height} pixels; below {bounds.min_side_px} on the "
            "shorter side fine signs are lost."
        )
    aspect = max(height, width) / min(height, width)
    if aspect > bounds.max_aspect:
        yield (
            f"The picture is {aspect:.1f} times as long as wide; a whole film is at most "
            f"{bounds.max_aspect:.1f}."
        )
    # Shares of grey levels need no more pixels than that.
    step = max(1, min(height, width) // MIN_DETAIL_PX)
    counts = grey_counts(image[::step, ::step])
    low, high = grey_percentiles(counts, 0.01, 0.99)
    if high - low < bounds.min_grey_range:
        yield (
            f"The picture is nearly constant: its grey levels span {high - low} of 255, and "
            f"{bounds.min_grey_range} are needed."
        )
    present = np.flatnonzero(counts)
    ends = np.unique(present[[0, -1]])
    clipped = float(counts[ends].sum() / counts.sum())
    if clipped > bounds.max_clipped:
        yield (
            f"{clipped:.0%} of the pixels are at the darkest or brightest level; what lies there "
            "cannot be seen any more."
        )
