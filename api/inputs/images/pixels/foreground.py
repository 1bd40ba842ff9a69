"""What a picture shows before a dark background: the largest thing in it, without what lies around.

For films on which something stands before air, as a breast on a mammogram: labels, markers and
bright borders of the film would otherwise be part of what is learned.
"""

import numpy as np
from PIL import Image

from api.arrays import BoolArray, IntArray
from api.inputs.images.decoding import GreyImage

# The longer side at which things are told apart; finer ones are labels and dust.
MASK_PX = 128
# Half the window, in mask pixels, within which most of the largest thing lies.
REACH_PX = 12
# A part that covers less than this share of a side is no subject.
MIN_SHARE = 0.1


def only_foreground(image: GreyImage, level: float) -> GreyImage:
    """Cut to the largest connected bright thing, and blacken what is not part of it.

    Args:
        image: (h, w) uint8.
        level: share of the picture's range of grey levels above which a pixel is no background.

    Returns: (h', w') uint8, of at most the same size; the picture itself where nothing of some
        size is brighter than its background.
    """
    small = _reduced(image)
    low, high = int(small.min()), int(small.max())
    bright = small > low + level * (high - low)
    if not bright.any():
        return image
    subject = _connected(bright, _densest(bright))
    rows = _span(np.asarray(subject.any(axis=1)))
    columns = _span(np.asarray(subject.any(axis=0)))
    height, width = subject.shape
    if min((rows[1] - rows[0]) / height, (columns[1] - columns[0]) / width) < MIN_SHARE:
        return image
    top, bottom = _scaled(rows, image.shape[0] / height)
    left, right = _scaled(columns, image.shape[1] / width)
    mask = Image.fromarray(_widened(subject)).resize(
        (image.shape[1], image.shape[0]), Image.Resampling.NEAREST
    )
    cropped = np.asarray(mask)[top:bottom, left:right]
    return np.where(cropped, image[top:bottom, left:right], np.uint8(0))


def with_bright_side_left(image: GreyImage) -> GreyImage:
    """Mirror a picture whose right half is the brighter one: (h, w) uint8 -> (h, w) uint8."""
    half = image.shape[1] // 2
    if not half or image[:, -half:].mean() <= image[:, :half].mean():
        return image
    return np.ascontiguousarray(image[:, ::-1])


def _reduced(image: GreyImage) -> GreyImage:
    """At mask size, each pixel the mean of those that it stands for."""
    scale = min(1.0, MASK_PX / max(image.shape))
    size = tuple(max(1, round(side * scale)) for side in (image.shape[1], image.shape[0]))
    return np.asarray(Image.fromarray(image).resize((size[0], size[1]), Image.Resampling.BOX))


def _densest(bright: BoolArray) -> tuple[int, int]:
    """The bright place with the most bright places around it (a summed-area table, Crow 1984)."""
    around: IntArray = np.pad(bright, REACH_PX).astype(np.int64)
    sums = np.pad(around, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    side = 2 * REACH_PX + 1
    counts = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    row, column = np.unravel_index(int(np.where(bright, counts, -1).argmax()), bright.shape)
    return int(row), int(column)


def _connected(bright: BoolArray, start: tuple[int, int]) -> BoolArray:
    """All bright places that hang together with one of them, by sides."""
    found = np.zeros_like(bright)
    found[start] = True
    while True:
        grown = _widened(found) & bright
        if (grown == found).all():
            return found
        found = grown


def _widened(mask: BoolArray) -> BoolArray:
    """A mask and the places beside it."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    return wide


def _span(present: BoolArray) -> tuple[int, int]:
    """From the first to behind the last."""
    places = np.flatnonzero(present)
    return int(places[0]), int(places[-1]) + 1


def _scaled(span: tuple[int, int], scale: float) -> tuple[int, int]:
    return int(span[0] * scale), max(int(np.ceil(span[1] * scale)), int(span[0] * scale) + 1)
