"""Where the network looked: a class activation map as a picture.

For a network that ends in an average over places and one dense layer, the dense layer applied to
each place gives maps whose mean is exactly the logit (Zhou et al. 2016). A softmax only knows
differences between logits, so what speaks for a class at a place is its map less the mean of all
maps there.
"""

import io
from functools import cache

import numpy as np
from PIL import Image

from api.arrays import ByteArray, Float64Array, FloatArray

# Every 16th colour of matplotlib's "inferno" (CC0), dark to bright: perceptually uniform, so that
# a step in evidence is the same step to the eye, and readable in grey and by colour-blind people.
INFERNO = (
    (0, 0, 4), (12, 8, 38), (36, 12, 79), (66, 10, 104), (93, 18, 110), (120, 28, 109),
    (147, 38, 103), (174, 48, 92), (199, 62, 76), (221, 81, 58), (237, 105, 37), (248, 133, 15),
    (252, 165, 10), (250, 198, 45), (242, 230, 97), (252, 255, 164),
)  # fmt: skip


def evidence(activation: FloatArray, index: int) -> Float64Array:
    """What speaks for a class at each place.

    Args:
        activation: (rows, columns, classes) logits of each place.
        index: of the class.

    Returns: (rows, columns) float64; above 0 speaks for the class, below against it.
    """
    maps = np.asarray(activation, dtype=np.float64)
    return np.asarray(maps[..., index] - maps.mean(axis=-1))


def heat(activation: FloatArray, index: int, *, height: int, width: int) -> FloatArray:
    """Evidence for a class, smoothly enlarged, as shares of its largest value.

    Returns: (height, width) float32 in [0, 1]; 0 everywhere if nothing speaks for the class.
    """
    places = np.maximum(evidence(activation, index), 0).astype(np.float32)
    top = float(places.max())
    if top <= 0:
        return np.zeros((height, width), dtype=np.float32)
    enlarged = Image.fromarray(places / top).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(np.clip(np.asarray(enlarged), 0.0, 1.0))


def render(activation: FloatArray, index: int, *, height: int, width: int) -> bytes:
    """The heat of a class as a PNG to lay over the film: hot is bright and opaque.

    Returns: PNG with a palette of colours and opacities, height x width.
    """
    shares = heat(activation, index, height=height, width=width)
    picture = Image.fromarray((shares * 255 + 0.5).astype(np.uint8)).convert("P")
    # A level a pixel and one table of colours: a quarter of the bytes to compress.
    colours = _colours()
    picture.putpalette(colours[:, :3].tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=colours[:, 3].tobytes(), compress_level=1)
    return buffer.getvalue()


@cache
def _colours() -> ByteArray:
    """Red, green, blue and opacity of each of 256 levels of heat."""
    levels = np.arange(256)
    anchors = np.linspace(0, 255, len(INFERNO))
    channels = [np.interp(levels, anchors, channel) for channel in zip(*INFERNO, strict=True)]
    return np.stack([*channels, levels], axis=-1).round().astype(np.uint8)
