"""Does a film keep its label when it is framed, sharpened or stored a little differently?"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from api.arrays import ByteArray
from api.inputs.images.decoding import GreyImage

Change = Callable[[Image.Image], Image.Image]

SHIFT, CROP, BLUR_PX, GAMMA, QUALITY, LARGE_PX = 0.08, 0.10, 1.0, 1.25, 50, 1024


def _shifted(dx: float, dy: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        offset = (1, 0, dx * image.width, 0, 1, dy * image.height)
        return image.transform(image.size, Image.Transform.AFFINE, offset)

    return change


def _cropped(image: Image.Image) -> Image.Image:
    left, top = CROP / 2 * image.width, CROP / 2 * image.height
    box = (left, top, image.width - left, image.height - top)
    return image.resize(image.size, Image.Resampling.BICUBIC, box=box)


def _gamma(exponent: float) -> Change:
    table = [round(255 * (level / 255) ** exponent) for level in range(256)]
    return lambda image: image.point(table)


def _compressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return Image.open(buffer)


def _through_large(image: Image.Image) -> Image.Image:
    large = image.resize((LARGE_PX, LARGE_PX), Image.Resampling.BICUBIC)
    return large.resize(image.size, Image.Resampling.BILINEAR, reducing_gap=3.0)


CHANGES: dict[str, Change] = {
    f"shifted right by {SHIFT:.0%}": _shifted(-SHIFT, 0),
    f"shifted left by {SHIFT:.0%}": _shifted(SHIFT, 0),
    f"shifted up by {SHIFT:.0%}": _shifted(0, SHIFT),
    f"shifted down by {SHIFT:.0%}": _shifted(0, -SHIFT),
    f"cropped by {CROP:.0%}": _cropped,
    f"blurred by {BLUR_PX:.0f} px": lambda picture: picture.filter(
        ImageFilter.GaussianBlur(BLUR_PX)
    ),
    f"gamma {1 / GAMMA:.2f}": _gamma(1 / GAMMA),
    f"gamma {GAMMA:.2f}": _gamma(GAMMA),
    f"JPEG quality {QUALITY}": _compressed,
    f"resized through {LARGE_PX} px": _through_large,
}


def variants(images: ByteArray) -> ByteArray:
    """Every film as it is, then all films in each small change: (n * (1 + changes), h, w)."""
    others = [np.stack([changed(image, change) for image in images]) for change in CHANGES.values()]
    return np.concatenate([images, *others])


def changed(image: GreyImage, change: Change) -> GreyImage:
    """One film, (h, w) uint8, changed a little; same size."""
    return np.asarray(change(Image.fromarray(image)))
