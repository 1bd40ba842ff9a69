"""The list at the end of a ZIP: which entries it has and where each of them lies.

Read here and not by `zipfile`, which refuses an archive whole for one name that is not the UTF-8 it
claims to be, and unpacks some methods without a bound. See APPNOTE.TXT 6.3.10 for the records.
"""

import io
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from api.errors import InvalidUpload

ENTRY_MAGIC, END_MAGIC = b"PK\x01\x02", b"PK\x05\x06"
ZIP64_MAGIC, LOCATOR_MAGIC = b"PK\x06\x06", b"PK\x06\x07"
END_BYTES, ZIP64_BYTES, LOCATOR_BYTES = 22, 56, 20
# The records at an archive's end, with the longest comment they can have.
TAIL_BYTES = ZIP64_BYTES + LOCATOR_BYTES + END_BYTES + 65535
FIXED = struct.Struct("<4s4B4HL2L5H2L")
ZIP64_EXTRA, UNICODE_PATH_EXTRA = 0x0001, 0x7075
IN_EXTRA = 0xFFFFFFFF
UTF8_BIT = 0x800
DOS_DIRECTORY_BIT = 0x10


@dataclass(frozen=True, slots=True)
class Record:
    """One entry as the list has it. `offset` is of its header in the file; sizes in bytes."""

    raw_name: bytes
    unicode_path: bytes | None
    flags: int
    method: int
    crc32: int
    compressed_size: int
    size: int
    offset: int
    attributes: int

    @property
    def claims_utf8(self) -> bool:
        """Whether the archive says that the name is UTF-8."""
        return bool(self.flags & UTF8_BIT)

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder; one that holds bytes is a file, whatever it is called."""
        named = self.raw_name.endswith((b"/", b"\\"))
        marked = stat.S_ISDIR(self.attributes >> 16) or bool(self.attributes & DOS_DIRECTORY_BIT)
        return self.size == 0 and (named or marked)

    @property
    def is_link(self) -> bool:
        """Whether it holds no more than the path of another file."""
        return stat.S_ISLNK(self.attributes >> 16)


@dataclass(frozen=True, slots=True)
class ZipDirectory:
    """Where the list lies. `shift` is what was put before the archive, which offsets leave out."""

    start: int
    size_bytes: int
    shift: int


def find_directory(file: IO[bytes]) -> ZipDirectory:
    """Where an archive's list of entries lies; as in the ZIP64 record, if there is one.

    Raises: InvalidUpload.
    """
    size = file.seek(0, io.SEEK_END)
    tail_start = max(0, size - TAIL_BYTES)
    file.seek(tail_start)
    tail = file.read()
    end = tail.rfind(END_MAGIC)
    if end < 0 or len(tail) - end < END_BYTES:
        raise InvalidUpload("The ZIP archive is damaged or cut short; make it again.")
    listed_bytes, offset = struct.unpack_from("<2L", tail, end + 12)
    behind = tail_start + end
    if tail[:end][-LOCATOR_BYTES:].startswith(LOCATOR_MAGIC):
        record = tail[: end - LOCATOR_BYTES][-ZIP64_BYTES:]
        if not record.startswith(ZIP64_MAGIC):
            raise _damaged()
        # It counts, whatever the other one says.
        listed_bytes, offset = struct.unpack_from("<2Q", record, 40)
        behind -= LOCATOR_BYTES + ZIP64_BYTES
    start = behind - listed_bytes
    if start < 0 or start < offset:
        raise _damaged()
    return ZipDirectory(start, listed_bytes, start - offset)


def read_records(file: IO[bytes], directory: ZipDirectory) -> Iterator[Record]:
    """The entries in the list's order. The caller bounds `size_bytes` first.

    Raises: InvalidUpload.
    """
    file.seek(directory.start)
    content = file.read(directory.size_bytes)
    place = 0
    while place < len(content):
        if len(content) - place < FIXED.size:
            raise _damaged()
        fields = FIXED.unpack_from(content, place)
        magic, flags, method = fields[0], fields[5], fields[6]
        crc32, compressed_size, size, *lengths = fields[9:15]
        attributes, offset = fields[17:19]
        if magic != ENTRY_MAGIC:
            raise _damaged()
        name_end = place + FIXED.size + lengths[0]
        extra_end = name_end + lengths[1]
        place, name_start = extra_end + lengths[2], place + FIXED.size
        if place > len(content):
            raise _damaged()
        extras = dict(_extras(content[name_end:extra_end]))
        sizes = _true_sizes((size, compressed_size, offset), extras.get(ZIP64_EXTRA, b""))
        yield Record(
            raw_name=content[name_start:name_end],
            unicode_path=extras.get(UNICODE_PATH_EXTRA),
            flags=flags,
            method=method,
            crc32=crc32,
            size=sizes[0],
            compressed_size=sizes[1],
            offset=sizes[2] + directory.shift,
            attributes=attributes,
        )


def _extras(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The additions to an entry, by their number; what is cut off at the end is none."""
    place = 0
    while place + 4 <= len(content):
        number, size = struct.unpack_from("<2H", content, place)
        place += 4
        if place + size <= len(content):
            yield number, content[place : place + size]
        place += size


def _true_sizes(stated: tuple[int, int, int], extra: bytes) -> list[int]:
    """Size, compressed size and offset; those that do not fit 32 bits are in the addition."""
    found, place = [], 0
    for value in stated:
        if value == IN_EXTRA and place + 8 <= len(extra):
            (value,) = struct.unpack_from("<Q", extra, place)
            place += 8
        found.append(value)
    return found


def _damaged() -> InvalidUpload:
    return InvalidUpload("The ZIP archive is damaged; make it again.")
