"""The true values of a TIFF page of any depth: byte order, sign, floats, predictor, planes."""

import io
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from api.arrays import AnyArray, ByteArray
from api.errors import TooLarge
from api.inputs.images.pixels.intensity import bands
from api.inputs.images.pixels.luminance import cmyk_luminance, over_black, rgb_luminance
from api.inputs.images.tiff.directory import Tag
from api.inputs.images.tiff.layout import CMYK, FLOAT, RGB, SIGNED, YCBCR, Block, Layout
from api.inputs.images.tiff.writer import tiff_file, whole_numbers

Samples = AnyArray

# Blocks are decoded together up to so many bytes.
GROUP_BYTES = 8 << 20
MAX_BLOCK_BYTES_PER_PIXEL = 6
MAX_VALUE_BYTES_PER_PIXEL = 4
ALPHA = 2


def read_intensities(
    content: bytes, blocks: Sequence[Block], layout: Layout, *, max_pixels: int
) -> Samples:
    """The luminance of a page, as it was measured; neither stretched nor inverted.

    Whole numbers of up to 16 bits come as uint8 or uint16, signed ones moved up by half the
    range; deeper ones and floats come as they are.

    Args:
        max_pixels: the limit of the picture's size, from which the limits of memory follow.

    Returns: (height, width).

    Raises: TooLarge: a strip or the values take too much memory.
        OSError: the decoder's, for damaged data.
    """
    _check_memory(layout, max_pixels)
    values: Samples | None = None
    for position, top, samples in _bands_of_samples(content, blocks, layout):
        band = _luminance(samples, layout)
        if values is None:
            values = np.empty((layout.height, layout.width), dtype=band.dtype)
        y = position // layout.across * layout.block_height + top
        x = position % layout.across * layout.block_width
        target = values[y : y + len(band), x : x + layout.block_width]
        target[...] = band[: target.shape[0], : target.shape[1]]
    assert values is not None
    return values


def _check_memory(layout: Layout, max_pixels: int) -> None:
    block_bytes = layout.row_bytes * layout.block_height * layout.planes
    deep_colour = layout.photometric == RGB and layout.bits > 16
    value_bytes = layout.width * layout.height * (8 if deep_colour else layout.bits // 8)
    if (
        block_bytes > MAX_BLOCK_BYTES_PER_PIXEL * max_pixels
        or value_bytes > MAX_VALUE_BYTES_PER_PIXEL * max_pixels
    ):
        raise TooLarge(
            "Decoding this TIFF takes too much memory; export the film as 16-bit grey, with "
            "smaller strips or at a smaller size."
        )


def _bands_of_samples(
    content: bytes, blocks: Sequence[Block], layout: Layout
) -> Iterator[tuple[int, int, Samples]]:
    """Position of the block, first row within it, and (rows, block width, samples) values."""
    for positions in _groups(layout):
        rows = layout.rows(positions[0])
        numbers = [
            position + plane * layout.positions
            for position in positions
            for plane in range(layout.planes)
        ]
        stack = _decoded([_bytes(content, blocks[n]) for n in numbers], layout, rows)
        for at, position in enumerate(positions):
            first = at * layout.planes * rows
            for band in bands((rows, layout.row_bytes * layout.planes)):
                planes = [
                    _samples(_rows(stack, first + plane * rows, band), layout)
                    for plane in range(layout.planes)
                ]
                yield (
                    position,
                    band.start,
                    (planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)),
                )


def _groups(layout: Layout) -> Iterator[range]:
    """Positions of blocks of equal height that are decoded together."""
    size = layout.row_bytes * layout.block_height * layout.planes
    step = max(1, GROUP_BYTES // size)
    last = layout.positions - 1
    whole = layout.positions if layout.rows(last) == layout.block_height else last
    for start in range(0, whole, step):
        yield range(start, min(start + step, whole))
    if whole == last:
        yield range(last, last + 1)


def _bytes(content: bytes, block: Block) -> bytes:
    return content[block.start : block.start + block.size]


def _decoded(pieces: list[bytes], layout: Layout, rows: int) -> Image.Image:
    """The blocks below each other as a picture whose pixels are the bytes."""
    height = rows * len(pieces)
    numbers = {
        Tag.IMAGE_WIDTH: layout.row_bytes,
        Tag.IMAGE_LENGTH: height,
        Tag.BITS_PER_SAMPLE: 8,
        Tag.COMPRESSION: layout.compression,
        Tag.PHOTOMETRIC_INTERPRETATION: 1,
        Tag.FILL_ORDER: layout.fill_order,
        Tag.SAMPLES_PER_PIXEL: 1,
        Tag.ROWS_PER_STRIP: rows,
    }
    entries = {int(tag): whole_numbers("<", value) for tag, value in numbers.items()}
    # Not by way of `Image.open`: its limit of pixels would count bytes here.
    image = TiffImageFile(io.BytesIO(tiff_file("<", entries, pieces)))
    image.load()
    return image


def _rows(stack: Image.Image, first: int, band: slice) -> ByteArray:
    box = (0, first + band.start, stack.width, first + band.stop)
    return np.asarray(stack.crop(box))


def _samples(raw: ByteArray, layout: Layout) -> Samples:
    """Args: raw: (rows, bytes of a row). Returns: (rows, block width, samples of a block)."""
    shape = (len(raw), layout.block_width, layout.samples_in_block)
    if layout.predictor == 3:
        return _of_float_predictor(raw, layout).reshape(shape)
    if layout.bits not in {8, 16, 32, 64}:
        return _of_packed_bits(raw, layout).reshape(shape)
    size = layout.bits // 8
    words = raw.view(f"{layout.order}u{size}").astype(f"=u{size}", copy=False).reshape(shape)
    if layout.predictor == 2:
        words = np.cumsum(words, axis=1, dtype=words.dtype)
    if layout.sample_format == FLOAT:
        return words.view(f"=f{size}")
    return words.view(f"=i{size}") if layout.sample_format == SIGNED else words


def _of_float_predictor(raw: ByteArray, layout: Layout) -> Samples:
    """Undo Adobe's floating-point predictor: bytes sorted by weight, then differenced."""
    stride, size = layout.samples_in_block, layout.bits // 8
    summed = np.cumsum(raw.reshape(len(raw), -1, stride), axis=1, dtype=np.uint8)
    by_value = summed.reshape(len(raw), size, -1).transpose(0, 2, 1)
    return np.ascontiguousarray(by_value).view(f">f{size}").astype(f"=f{size}")


def _of_packed_bits(raw: ByteArray, layout: Layout) -> Samples:
    """Samples that lie bit beside bit, the highest first; a row begins at a whole byte."""
    count = layout.block_width * layout.samples_in_block
    bits = np.unpackbits(raw, axis=1, count=count * layout.bits).reshape(len(raw), count, -1)
    values = np.zeros(bits.shape[:2], dtype=np.uint16 if layout.bits <= 16 else np.uint32)
    for at in range(layout.bits):
        values = (values << 1) | bits[..., at]
    return values


def _luminance(samples: Samples, layout: Layout) -> Samples:
    values = _ordered(samples)
    if layout.photometric == RGB:
        grey, colours = rgb_luminance(values[..., 0], values[..., 1], values[..., 2]), 3
    elif layout.photometric == CMYK:
        grey, colours = cmyk_luminance(values, white=(1 << layout.bits) - 1), 4
    else:
        # The first sample of YCbCr is the brightness.
        grey, colours = values[..., 0], 3 if layout.photometric == YCBCR else 1
    if ALPHA in layout.extra_samples and layout.sample_format not in {SIGNED, FLOAT}:
        alpha = values[..., colours + layout.extra_samples.index(ALPHA)]
        return over_black(grey, alpha, opaque=(1 << layout.bits) - 1)
    return grey


def _ordered(samples: Samples) -> Samples:
    """Numbers of a type that can be computed with; signed ones of 8 or 16 bits moved up."""
    if samples.dtype == np.int8:
        return samples.view(np.uint8) ^ np.uint8(0x80)
    if samples.dtype == np.int16:
        return samples.view(np.uint16) ^ np.uint16(0x8000)
    if samples.dtype == np.float16:
        return samples.astype(np.float32)
    return samples
