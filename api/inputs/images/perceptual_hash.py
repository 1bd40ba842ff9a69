"""Finding the same picture again after it was resized, re-encoded or toned anew."""

from functools import lru_cache

import numpy as np
from PIL import Image

from api.arrays import ByteArray, Float64Array, IntArray
from api.inputs.images.decoding import GreyImage

SIZE_PX, FREQUENCIES = 64, 16
BYTES = FREQUENCIES * FREQUENCIES // 8
# Of 256 bits. Measured on films of two public collections: the same film at JPEG quality 50, at
# 120 to 512 pixels, of another aspect or gamma 1.2 differs in at most 14; films of other people
# in 56 and more but for one pair in a thousand.
MAX_DISTANCE_BITS = 20

PerceptualHash = bytes


def perceptual_hash(image: GreyImage) -> PerceptualHash:
    """Signs of the picture's lowest frequencies (pHash; Zauner 2010, section 3.2.1).

    Args:
        image: (h, w) uint8 of any size.

    Returns: 256 bits in 32 bytes; few of them change when the picture is resized or re-encoded.
    """
    small = Image.fromarray(image).resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS)
    waves = _waves()
    frequencies = waves @ np.asarray(small, dtype=np.float64) @ waves.T
    return np.packbits(frequencies > np.median(frequencies)).tobytes()


def distances(one: PerceptualHash, others: ByteArray) -> IntArray:
    """Number of bits in which a hash differs from others, (n, 32) -> (n,)."""
    different = np.bitwise_xor(others, np.frombuffer(one, dtype=np.uint8))
    return np.asarray(np.bitwise_count(different).sum(axis=1), dtype=np.int64)


@lru_cache(maxsize=1)
def _waves() -> Float64Array:
    """The first rows of the discrete cosine transform (type II)."""
    places = np.arange(SIZE_PX) + 0.5
    return np.asarray(np.cos(np.pi / SIZE_PX * np.arange(FREQUENCIES)[:, np.newaxis] * places))
