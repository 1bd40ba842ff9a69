"""A small picture of an image, for people to look at."""

import io

from PIL import Image

from api.inputs.images.decoding import DRAFT_SIDE_PX, GreyImage, Limits, read_image

FAST, BEST = 1, 6  # levels of zlib
MANY_PIXELS = 1_000_000


def thumbnail_png(content: bytes, limits: Limits, *, side_px: int) -> bytes:
    """An image as it is read, in grey, its longer side at most `side_px`, as PNG.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge.
    """
    read = read_image(content, limits, side_px=max(side_px, DRAFT_SIDE_PX))
    picture = Image.fromarray(read.pixels)
    picture.thumbnail((side_px, side_px))
    return _png(picture)


def as_png(image: GreyImage) -> bytes:
    """An image, (h, w) uint8, as a PNG file."""
    return _png(Image.fromarray(image))


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # The best compression of a whole film takes a second for a tenth of its bytes.
    level = FAST if picture.width * picture.height > MANY_PIXELS else BEST
    picture.save(buffer, format="PNG", compress_level=level)
    return buffer.getvalue()
