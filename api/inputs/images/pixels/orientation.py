"""Which way up a picture is to be shown, from its EXIF or XMP metadata."""

import re
import zlib
from dataclasses import dataclass

import numpy as np

from api.arrays import ByteArray
from api.errors import AppError
from api.inputs.images.tiff.directory import read_directories

EXIF_HEADER = b"Exif\x00\x00"
ORIENTATION = 0x0112
# An EXIF block of a JPEG cannot be larger; more than that is not read in other formats either.
MAX_METADATA_BYTES = 65_536
UPRIGHT = 1

_XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:=\"|>)([1-8])")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says beside the pixels; of use for the orientation only."""

    exif: bytes = b""
    xmp: bytes = b""

    @property
    def orientation(self) -> int:
        """EXIF's number, 1 to 8; 1 (upright) if there is none or it cannot be read."""
        return _exif_orientation(self.exif) or _xmp_orientation(self.xmp) or UPRIGHT


@dataclass(frozen=True, slots=True)
class StillImage:
    """A file that holds one picture and nothing else, and the metadata that was taken out."""

    content: bytes
    metadata: Metadata


def upright(pixels: ByteArray, orientation: int) -> ByteArray:
    """Turn and mirror pixels as the orientation asks.

    Args:
        pixels: (height, width) as stored.
        orientation: EXIF's number; anything but 2 to 8 changes nothing.

    Returns: (height, width), or (width, height) for 5 to 8; contiguous.
    """
    turns = {
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.T,
        6: pixels[::-1].T,
        7: pixels[::-1, ::-1].T,
        8: pixels.T[::-1],
    }
    return np.ascontiguousarray(turns.get(orientation, pixels))


def inflated(data: bytes) -> bytes:
    """The beginning of a zlib stream, at most `MAX_METADATA_BYTES`; empty if it is damaged."""
    try:
        return zlib.decompressobj().decompress(data, MAX_METADATA_BYTES)
    except zlib.error:
        return b""


def _exif_orientation(exif: bytes) -> int | None:
    block = exif.removeprefix(EXIF_HEADER)
    if not 8 <= len(block) <= MAX_METADATA_BYTES:
        return None
    try:
        values = read_directories(block, max_count=1)[0].numbers(ORIENTATION)
    except AppError:
        return None
    return values[0] if values and 1 <= values[0] <= 8 else None


def _xmp_orientation(xmp: bytes) -> int | None:
    found = _XMP_ORIENTATION.search(xmp[:MAX_METADATA_BYTES])
    return int(found[1]) if found else None
