"""The directories of a TIFF or BigTIFF file: what they say, bounded before anything is decoded."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from api.errors import UnreadableImage

MAX_DIRECTORIES = 256
MAX_ENTRIES = 4_096
MAX_BLOCKS = 65_536

# numpy's code of each number type of TIFF that is a whole number.
_INTEGERS = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 18: "u8"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4} | {
    16: 8,
    17: 8,
    18: 8,
}


class Tag(IntEnum):
    """The tags that matter for pixels, by the names of the TIFF 6.0 specification."""

    NEW_SUBFILE_TYPE = 254
    SUBFILE_TYPE = 255
    IMAGE_WIDTH = 256
    IMAGE_LENGTH = 257
    BITS_PER_SAMPLE = 258
    COMPRESSION = 259
    PHOTOMETRIC_INTERPRETATION = 262
    FILL_ORDER = 266
    MAKE = 271
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES_PER_PIXEL = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTE_COUNTS = 279
    PLANAR_CONFIGURATION = 284
    T4_OPTIONS = 292
    T6_OPTIONS = 293
    PREDICTOR = 317
    COLOR_MAP = 320
    TILE_WIDTH = 322
    TILE_LENGTH = 323
    TILE_OFFSETS = 324
    TILE_BYTE_COUNTS = 325
    SUB_IFDS = 330
    INK_SET = 332
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347
    JPEG_INTERCHANGE_FORMAT = 513
    JPEG_INTERCHANGE_FORMAT_LENGTH = 514
    YCBCR_COEFFICIENTS = 529
    YCBCR_SUBSAMPLING = 530
    YCBCR_POSITIONING = 531
    REFERENCE_BLACK_WHITE = 532
    XMP = 700
    CFA_PATTERN = 33422
    DNG_VERSION = 50706


@dataclass(frozen=True, slots=True)
class TiffEntry:
    """One tag's value as it lies in the file."""

    kind: int
    count: int
    content: bytes


@dataclass(frozen=True, slots=True)
class TiffDirectory:
    """One picture's description: tags and their values, read but not believed.

    Attributes:
        order: "<" (II) or ">" (MM), of this directory's numbers and of the pixels.
    """

    order: str
    entries: dict[int, TiffEntry]

    def numbers(self, tag: int, default: Sequence[int] = ()) -> tuple[int, ...]:
        """Whole numbers of a tag; `default` if it is missing or holds something else."""
        entry = self.entries.get(tag)
        code = _INTEGERS.get(entry.kind) if entry else None
        if entry is None or code is None or not entry.content:
            return tuple(default)
        return tuple(np.frombuffer(entry.content, dtype=self.order + code).tolist())

    def number(self, tag: int, default: int = 0) -> int:
        """The first number of a tag."""
        return next(iter(self.numbers(tag)), default)

    def raw(self, tag: int) -> bytes:
        """The bytes of a tag's value, empty if it is missing."""
        entry = self.entries.get(tag)
        return entry.content if entry else b""


def read_directories(
    content: bytes, *, max_count: int = MAX_DIRECTORIES, starts: Sequence[int] | None = None
) -> tuple[TiffDirectory, ...]:
    """The chain of directories of a file, each once, in its order.

    A chain that leads nowhere ends there; only the first directory must be readable.

    Args:
        content: the file, from "II" or "MM" on.
        max_count: the rest of the chain is not read.
        starts: read the directories at these offsets instead of the chain.

    Raises: UnreadableImage: no directory, or one with more than `MAX_ENTRIES` tags or a tag with
        more values than a picture needs.
    """
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None:
        raise UnreadableImage("The TIFF file is damaged or cut short; export the film again.")
    reader = _Reader(content, order, big=content[2:4] in {b"+\x00", b"\x00+"})
    if starts is not None:
        return tuple(found[0] for start in starts[:max_count] if (found := reader.read(start)))
    directories = tuple(reader.chain(max_count))
    if not directories:
        raise UnreadableImage("The TIFF file is damaged or cut short; export the film again.")
    return directories


@dataclass(frozen=True, slots=True)
class _Reader:
    content: bytes
    order: str
    big: bool

    def chain(self, max_count: int) -> Iterator[TiffDirectory]:
        start = self._integer(8, 8) if self.big else self._integer(4, 4)
        seen = set[int]()
        while start and start not in seen and len(seen) < max_count:
            try:
                found = self.read(start)
            except UnreadableImage:
                if not seen:
                    raise
                return
            if found is None:
                return
            seen.add(start)
            directory, start = found
            yield directory

    def read(self, start: int) -> tuple[TiffDirectory, int] | None:
        """The directory at an offset and the offset of the next; None if none lies there."""
        count_bytes, entry_bytes, pointer_bytes = (8, 20, 8) if self.big else (2, 12, 4)
        count = self._integer(start, count_bytes)
        if count > MAX_ENTRIES:
            raise UnreadableImage(
                f"The TIFF file has a directory of more than {MAX_ENTRIES} tags; export the film "
                "again as TIFF or PNG."
            )
        first = start + count_bytes
        after = first + count * entry_bytes
        if count == 0 or after > len(self.content):
            return None
        entries = dict[int, TiffEntry]()
        for at in range(first, after, entry_bytes):
            tag = self._integer(at, 2)
            if tag not in entries and tag in _TAGS:
                entries[tag] = self._entry(at)
        return TiffDirectory(self.order, entries), self._integer(after, pointer_bytes)

    def _entry(self, at: int) -> TiffEntry:
        word = 8 if self.big else 4
        kind, count = self._integer(at + 2, 2), self._integer(at + 4, word)
        size = _SIZES.get(kind, 0) * count
        if kind in _INTEGERS and kind != 1 and count > MAX_BLOCKS * 4:
            raise UnreadableImage(
                f"The TIFF file cuts the picture into {count} parts; export the film again with "
                "larger strips or as PNG."
            )
        start = at + 4 + word
        if size > word:
            start = self._integer(start, word)
        content = self.content[start : start + size]
        return TiffEntry(kind, count, content if len(content) == size else b"")

    def _integer(self, at: int, size: int) -> int:
        """An unsigned number of the file; 0 beyond its end."""
        piece = self.content[at : at + size]
        if len(piece) < size:
            return 0
        return int(struct.unpack(f"{self.order}{_CODES[size]}", piece)[0])


_CODES = {2: "H", 4: "I", 8: "Q"}
_TAGS = frozenset(Tag)
