"""Archives as people and attackers make them, and how a test opens them."""

import io
import struct

from api.errors import TooLarge, UnreadableImage
from api.samples.archive.reader import Archive, ArchiveLimits
from tests.support import images

LIMITS = ArchiveLimits(max_files=10, max_total_bytes=2_000_000, max_file_bytes=1_000_000)


def opened(content: bytes, limits: ArchiveLimits = LIMITS) -> Archive:
    return Archive(io.BytesIO(content), limits)


def outcomes(archive: Archive) -> list[str]:
    """What becomes of each entry: its bytes' number, or why it was not read."""
    found = []
    for entry in archive.entries():
        try:
            found.append(str(len(archive.read(entry))))
        except (TooLarge, UnreadableImage) as exc:
            found.append(exc.message)
    return found


def encrypted() -> bytes:
    """The flag that says so, in the entry and in the index."""
    content = bytearray(images.zipped({"Normal/a.png": b"abc"}))
    index = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[index + 8] |= 1
    return bytes(content)


def lying(content: bytes, *, size: int) -> bytes:
    """An index that says `size` for the unpacked size of the first entry."""
    changed = bytearray(content)
    index = changed.index(b"PK\x01\x02")
    struct.pack_into("<I", changed, index + 24, size)
    return bytes(changed)


def packed(body: bytes, *, method: int, size: int, crc32: int = 0) -> bytes:
    """An archive of one entry with this compressed body, whatever it is."""
    name = b"a.png"
    fixed = struct.pack("<HHHLLLHH", method, 0, 0, crc32, len(body), size, len(name), 0)
    header = b"PK\x03\x04" + struct.pack("<HH", 20, 0) + fixed + name
    index = b"PK\x01\x02" + struct.pack("<HHH", 20, 20, 0) + fixed + bytes(14) + name
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(index), len(header + body), 0)
    return header + body + index + end
