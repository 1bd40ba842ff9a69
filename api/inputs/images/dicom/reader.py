"""A DICOM film as a person would see it, and what its tags say beside."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from api.arrays import AnyArray, ByteArray
from api.inputs.images.dicom.acceptance import check_object
from api.inputs.images.dicom.dataset import quietly, read_file
from api.inputs.images.dicom.facts import DicomFacts, facts_of
from api.inputs.images.dicom.grayscale_lut import grey_table, levels_of, looked_up, value_counts
from api.inputs.images.dicom.packages import pydicom
from api.inputs.images.dicom.pixel_module import PALETTE, RGB, PixelModule, pixel_module
from api.inputs.images.dicom.pixels.frame import frame_of
from api.inputs.images.dicom.pixels.stored_values import StoredValues, decoded
from api.inputs.images.dicom.tags import Tags
from api.inputs.images.pixels.intensity import bands, stretched
from api.inputs.images.pixels.luminance import rgb_luminance

CheckSize = Callable[[tuple[int, int]], None]
MAX_8_BIT = 8


def read_dicom(
    content: bytes,
    *,
    max_pixels: int,
    check_size: CheckSize,
    window: str = "",
    min_side_px: int | None = None,
) -> tuple[ByteArray, DicomFacts]:
    """Decode one film; its size is checked before a pixel is decoded.

    Args:
        check_size: raises TooLarge or UnreadableImage for a (width, height).
        window: name of the VOI LUT or window that is wanted where a film has several.
        min_side_px: see `stored_values.decoded`.

    Returns: (height, width) uint8, and the facts.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge.
    """
    file = read_file(content, max_pixels=max_pixels)
    with quietly():
        check_object(file)
        module = pixel_module(file.tags)
        check_size((module.columns, module.rows))
        frame = frame_of(file, module)
        check_size(frame.size(module))
        stored = decoded(frame, file, module, min_side_px=min_side_px)
        return _grey(stored, file.tags, window), facts_of(file.tags)


def _grey(stored: StoredValues, tags: Tags, window: str) -> ByteArray:
    if stored.module.is_colour:
        return _grey_of_colour(stored)
    if stored.module.photometric == PALETTE:
        return _grey_of_palette(stored, tags)
    levels = levels_of(stored.module)
    counts = value_counts(stored.values, levels)
    table = grey_table(tags, stored.module, counts, window=window)
    return looked_up(stored.values, levels, table)


def _grey_of_colour(stored: StoredValues) -> ByteArray:
    """Luminance of a secondary capture; windows are for grey values only."""
    values, module = stored.values, stored.module
    values = values.astype(f"u{values.dtype.itemsize}", copy=False)
    brightness = np.empty(values.shape[:2], dtype=values.dtype)
    for rows in bands(brightness.shape):
        brightness[rows] = _luminance(values[rows], module)
    if module.bits_stored > MAX_8_BIT:
        return stretched(brightness)
    return np.asarray(brightness, dtype=np.uint8)


def _luminance(values: AnyArray, module: PixelModule) -> AnyArray:
    if module.photometric == RGB:
        return rgb_luminance(values[..., 0], values[..., 1], values[..., 2])
    # The first channel of the others is the luminance itself.
    return values[..., 0]


def _grey_of_palette(stored: StoredValues, tags: Tags) -> ByteArray:
    """Luminance of the palette's colours, looked up once for each value."""
    # Numbers of entries have no sign.
    module = replace(stored.module, is_signed=False)
    values = stored.values.astype(f"u{stored.values.dtype.itemsize}", copy=False)
    levels = levels_of(module)
    values = np.minimum(values, values.dtype.type(levels[-1]))
    line = levels.astype(np.uint16)[np.newaxis]
    colours = np.asarray(pydicom().pixels.apply_color_lut(line, tags.dataset))[0]
    table = rgb_luminance(colours[:, 0], colours[:, 1], colours[:, 2])
    if table.dtype != np.uint8:
        full = max(255, (1 << int(table.max()).bit_length()) - 1)
        table = np.round(table.astype(np.float64) * (255.0 / full)).astype(np.uint8)
    return looked_up(values, levels, table)
