"""Grey levels of pictures of up to 8 bits a sample, as Pillow decodes them."""

import io

import numpy as np
from PIL import Image, ImageFile

from api.errors import UnreadableImage
from api.inputs.images.pixels.intensity import GreyImage, bands

TRANSPARENT = frozenset({"LA", "PA", "RGBA", "La", "RGBa"})


def opened(content: bytes, kind: str) -> ImageFile.ImageFile:
    """A picture whose header is read, and nothing more.

    Args:
        kind: Pillow's name of the only format that is tried.

    Raises: UnreadableImage: several pictures; whatever Pillow raises for damaged headers.
    """
    image = Image.open(io.BytesIO(content), formats=[kind])
    if getattr(image, "n_frames", 1) > 1:
        raise UnreadableImage(
            "The file holds several pictures (animation or pages); send one film a file."
        )
    assert isinstance(image, ImageFile.ImageFile)
    return image


def grey_levels(image: Image.Image) -> GreyImage:
    """Decode, and convert band by band, so that no second picture in colour is in memory.

    Returns: (height, width) uint8; colour as luminance (ITU-R 601), transparency on black.
    """
    image.load()
    if image.mode == "L" and "transparency" not in image.info:
        return np.asarray(image)
    grey = np.empty((image.height, image.width), dtype=np.uint8)
    for rows in bands(grey.shape):
        grey[rows] = _to_grey(image.crop((0, rows.start, image.width, rows.stop)))
    return grey


def _to_grey(image: Image.Image) -> GreyImage:
    if image.mode in TRANSPARENT or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "black"), rgba).convert("RGB")
    if image.mode == "P":
        image = image.convert("RGB")
    return np.asarray(image.convert("L"))
