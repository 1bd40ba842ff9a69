"""A plain TIFF file of one page, for the decoder: what was checked, and nothing else."""

from collections.abc import Sequence

import numpy as np

from api.inputs.images.tiff.directory import Tag, TiffDirectory, TiffEntry

SHORT, LONG = 3, 4
# What the decoder needs to know of a page that it reads by itself.
PIXEL_TAGS = (
    Tag.IMAGE_WIDTH,
    Tag.IMAGE_LENGTH,
    Tag.BITS_PER_SAMPLE,
    Tag.COMPRESSION,
    Tag.PHOTOMETRIC_INTERPRETATION,
    Tag.FILL_ORDER,
    Tag.SAMPLES_PER_PIXEL,
    Tag.ROWS_PER_STRIP,
    Tag.PLANAR_CONFIGURATION,
    Tag.T4_OPTIONS,
    Tag.T6_OPTIONS,
    Tag.PREDICTOR,
    Tag.COLOR_MAP,
    Tag.TILE_WIDTH,
    Tag.TILE_LENGTH,
    Tag.INK_SET,
    Tag.EXTRA_SAMPLES,
    Tag.SAMPLE_FORMAT,
    Tag.JPEG_TABLES,
    Tag.YCBCR_COEFFICIENTS,
    Tag.YCBCR_SUBSAMPLING,
    Tag.YCBCR_POSITIONING,
    Tag.REFERENCE_BLACK_WHITE,
)


def pixel_entries(page: TiffDirectory) -> dict[int, TiffEntry]:
    """The tags of a page that the decoder needs, in the numbers of a classic TIFF."""
    return {tag: _classic(page, tag) for tag in PIXEL_TAGS if page.raw(tag)}


def whole_numbers(order: str, *values: int) -> TiffEntry:
    """An entry of whole numbers, as short as they allow."""
    kind, code = (SHORT, "u2") if max(values) < 1 << 16 else (LONG, "u4")
    return TiffEntry(kind, len(values), np.array(values, dtype=order + code).tobytes())


def tiff_file(
    order: str, entries: dict[int, TiffEntry], blocks: Sequence[bytes], *, tiled: bool = False
) -> bytes:
    """The bytes of a file with one directory and these strips or tiles, in their order."""
    offsets_tag, sizes_tag = (
        (Tag.TILE_OFFSETS, Tag.TILE_BYTE_COUNTS)
        if tiled
        else (Tag.STRIP_OFFSETS, Tag.STRIP_BYTE_COUNTS)
    )
    sizes = np.array([len(block) for block in blocks], dtype=order + "u4")
    starts = np.cumsum(sizes, dtype=np.int64) - sizes
    count = len(entries) + 2
    values_at = 8 + 2 + 12 * count + 4
    long_values = sum(len(e.content) + 1 for e in entries.values()) + 2 * sizes.nbytes
    pixels_at = values_at + long_values
    entries = entries | {
        offsets_tag: TiffEntry(
            LONG, len(blocks), (starts + pixels_at).astype(order + "u4").tobytes()
        ),
        sizes_tag: TiffEntry(LONG, len(blocks), sizes.tobytes()),
    }
    directory, values = _number(order, 2, count), b""
    for tag, entry in sorted(entries.items()):
        value = entry.content.ljust(4, b"\x00")
        if len(value) > 4:
            value = _number(order, 4, values_at + len(values))
            values += entry.content + bytes(len(entry.content) % 2)
        directory += _number(order, 2, tag) + _number(order, 2, entry.kind)
        directory += _number(order, 4, entry.count) + value
    start = (b"II*\x00" if order == "<" else b"MM\x00*") + _number(order, 4, 8)
    head = start + directory + bytes(4) + values
    return b"".join((head.ljust(pixels_at, b"\x00"), *blocks))


def _classic(page: TiffDirectory, tag: int) -> TiffEntry:
    """BigTIFF has numbers of 64 bits, which a classic file has not."""
    entry = page.entries[tag]
    numbers = page.numbers(tag)
    if entry.kind in {16, 18, 13} and numbers and max(numbers) < 1 << 32:
        return whole_numbers(page.order, *numbers)
    return entry


def _number(order: str, size: int, value: int) -> bytes:
    return value.to_bytes(size, "little" if order == "<" else "big")
