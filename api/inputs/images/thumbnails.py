"""A small picture of an image, for people to look at."""

import io

from PIL import Image

from api.inputs.images.decoding import GreyImage, Limits, decode


def thumbnail_png(content: bytes, limits: Limits, *, side_px: int) -> bytes:
    """An image as it is read, in grey, its longer side at most `side_px`, as PNG.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge.
    """
    picture = Image.fromarray(decode(content, limits))
    picture.thumbnail((side_px, side_px))
    return _png(picture)


def as_png(image: GreyImage) -> bytes:
    """An image, (h, w) uint8, as a PNG file."""
    return _png(Image.fromarray(image))


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()
