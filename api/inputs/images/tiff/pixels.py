"""Grey levels of one checked page of a TIFF file."""

import numpy as np
from PIL import UnidentifiedImageError

from api.errors import UnsupportedFormat
from api.inputs.images.containers.jpeg_header import check_jpeg
from api.inputs.images.pixels.grey_levels import grey_levels, opened
from api.inputs.images.pixels.intensity import GreyImage, stretched
from api.inputs.images.tiff.directory import Tag, TiffDirectory
from api.inputs.images.tiff.layout import (
    OLD_JPEG,
    REMEDY,
    WHITE_IS_ZERO,
    Layout,
    check_jpeg_blocks,
    read_blocks,
    unsupported_pixels,
)
from api.inputs.images.tiff.samples import read_intensities
from api.inputs.images.tiff.writer import pixel_entries, tiff_file


def embedded_jpeg(content: bytes, page: TiffDirectory) -> bytes:
    """The whole JPEG file that an old-style JPEG-in-TIFF page points to; empty for other pages.

    Raises: UnsupportedFormat: the page is old-style JPEG without such a file.
    """
    if page.number(Tag.COMPRESSION) != OLD_JPEG:
        return b""
    start = page.number(Tag.JPEG_INTERCHANGE_FORMAT)
    embedded = content[start:] if start else b""
    if not embedded.startswith(b"\xff\xd8") or check_jpeg(embedded) is None:
        raise UnsupportedFormat(f"This TIFF is compressed as old-style JPEG; {REMEDY}.")
    return embedded


def read_tiff(content: bytes, page: TiffDirectory, layout: Layout, *, max_pixels: int) -> GreyImage:
    """Decode a page; more than 8 bits are stretched, a negative (WhiteIsZero) is turned.

    Args:
        max_pixels: see `read_intensities`.

    Returns: (height, width) uint8, as stored: the orientation is not applied.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge; what Pillow raises for damaged data.
    """
    if layout.measured:
        return _measured(content, page, layout, max_pixels=max_pixels)
    check_jpeg_blocks(content, page, layout)
    blocks = [content[b.start : b.start + b.size] for b in read_blocks(content, page, layout)]
    plain = tiff_file(page.order, pixel_entries(page), blocks, tiled=layout.tiled)
    try:
        image = opened(plain, "TIFF")
    except UnidentifiedImageError as exc:
        # The file was written here, so it is not damaged: Pillow does not know such pixels.
        raise unsupported_pixels(layout) from exc
    return grey_levels(image)


def _measured(content: bytes, page: TiffDirectory, layout: Layout, *, max_pixels: int) -> GreyImage:
    blocks = read_blocks(content, page, layout)
    values = read_intensities(content, blocks, layout, max_pixels=max_pixels)
    if layout.bits > 8:
        grey = stretched(values)
    else:
        steps = np.round(np.arange(256) * (255 / ((1 << layout.bits) - 1))).clip(0, 255)
        grey = steps.astype(np.uint8)[values]
    return np.subtract(255, grey, out=grey) if layout.photometric == WHITE_IS_ZERO else grey
