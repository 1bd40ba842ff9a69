"""From colours of any depth to one brightness, with the weights of ITU-R 601."""

import numpy as np

from api.arrays import AnyArray

Values = AnyArray

# In 65536ths, as Pillow has them for 8 bits: a grey colour gives exactly its grey.
RED, GREEN, BLUE = np.uint32(19595), np.uint32(38470), np.uint32(7471)
ONE, HALF = 16, np.uint32(1 << 15)


def rgb_luminance(red: Values, green: Values, blue: Values) -> Values:
    """Brightness of each pixel.

    Args:
        red, green, blue: same shape and type.

    Returns: the type of the channels for whole numbers of up to 16 bits, else float64.
    """
    if red.dtype in (np.uint8, np.uint16):
        # 65535 in each channel still fits 32 bits.
        total: Values = red * RED + green * GREEN + blue * BLUE + HALF
        return np.asarray(total >> ONE, dtype=red.dtype)
    weights = (RED / 65536, GREEN / 65536, BLUE / 65536)
    channels = (channel.astype(np.float64) for channel in (red, green, blue))
    return np.asarray(sum(w * channel for w, channel in zip(weights, channels, strict=True)))


def cmyk_luminance(inks: Values, *, white: int) -> Values:
    """Brightness under inks that take light away.

    Args:
        inks: (..., at least 4) unsigned: cyan, magenta, yellow, black.
        white: the value of full ink.
    """
    light = [
        over_black(white - inks[..., at], white - inks[..., 3], opaque=white) for at in range(3)
    ]
    return rgb_luminance(*light)


def over_black(grey: Values, alpha: Values, *, opaque: int) -> Values:
    """What is seen of pixels that lie on black.

    Args:
        grey, alpha: same shape, unsigned.
        opaque: the alpha of a pixel that hides the black.

    Returns: the type of `grey`.
    """
    product = grey.astype(np.float64) * alpha / opaque
    return np.round(product).astype(grey.dtype)
