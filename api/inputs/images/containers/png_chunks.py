"""What a PNG file holds, found by walking its chunks without decoding."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.pixels.orientation import MAX_METADATA_BYTES, Metadata, StillImage, inflated

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 100_000

_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_RETAINED = frozenset({b"tRNS", b"eXIf", b"acTL"}) | _TEXT
# Chunks that say how to show the picture, and the most bytes that each can have.
_FIXED = {
    b"tRNS": 256, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"sBIT": 4, b"pHYs": 9, b"bKGD": 6,
}  # fmt: skip
_HEX_PROFILE = re.compile(rb"\s*exif\s+\d+\s([0-9a-fA-F\s]*)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk; `content` is all of it (length, name, data, checksum), cut short or not."""

    name: bytes
    content: memoryview

    @property
    def data(self) -> bytes:
        return bytes(self.content[8:-4])

    @property
    def is_small(self) -> bool:
        """Whether it is sound and no longer than its kind ever is: no room for text."""
        return self.intact and len(self.content) - 12 <= _FIXED[self.name]

    @property
    def intact(self) -> bool:
        size = int.from_bytes(self.content[:4], "big")
        return len(self.content) == size + 12 and (
            zlib.crc32(self.content[4:-4]) == int.from_bytes(self.content[-4:], "big")
        )


@dataclass(frozen=True, slots=True)
class PngPicture:
    """A PNG of critical chunks alone, and what its header says.

    Attributes:
        bits: bits a sample.
        colour: PNG's number of the colour type (0 grey, 2 RGB, 3 palette, 4 and 6 with alpha).
        transparent: samples of the colour that counts as transparent (tRNS of grey and RGB).
    """

    still: StillImage
    bits: int
    colour: int
    transparent: tuple[int, ...] = ()


def picture_of_png(content: bytes) -> PngPicture:
    """The picture of a PNG file, without the chunks that do not make it.

    Raises:
        UnreadableImage: an animation, or more than `MAX_CHUNKS` chunks.
        UnsupportedFormat: Apple's variant of PNG.
    """
    parts, retained, seen = (
        list[bytes | memoryview]([SIGNATURE]),
        dict[bytes, bytes](),
        set[bytes](),
    )
    for chunk in _chunks(content):
        if chunk.name == b"CgBI":
            raise UnsupportedFormat(
                "This is a PNG as Apple's Xcode rewrites it (CgBI); export the film as plain PNG."
            )
        if chunk.name in _CRITICAL or (chunk.name == b"tRNS" and chunk.intact):
            parts.append(chunk.content)
        if chunk.name in _RETAINED:
            _keep(chunk, retained)
        seen.add(chunk.name)
    if _animated(retained.get(b"acTL", b""), seen):
        raise UnreadableImage("The file holds several pictures (animation); send one film a file.")
    return _with_header(
        StillImage(
            b"".join(parts), Metadata(retained.get(b"eXIf", b""), retained.get(b"XMP", b""))
        ),
        retained.get(b"tRNS", b""),
    )


def plain_png(content: bytes, *, exif: bytes = b"") -> bytes:
    """The file with its picture and numbers of fixed size only; the chunks that stay are as they
    were.

    Args:
        exif: the content of an `eXIf` chunk to write before the pixels; empty: none.

    Raises: UnreadableImage: more than `MAX_CHUNKS` chunks.
    """
    parts: list[bytes | memoryview] = [SIGNATURE]
    for chunk in _chunks(content):
        if chunk.name in _CRITICAL or (chunk.name in _FIXED and chunk.is_small):
            if chunk.name == b"IDAT" and exif:
                parts.append(_written(b"eXIf", exif))
                exif = b""
            parts.append(chunk.content)
    return b"".join(parts)


def _written(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data)
    return len(data).to_bytes(4, "big") + name + data + checksum.to_bytes(4, "big")


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Up to the end of the picture; the last chunk may be cut short."""
    start, whole = len(SIGNATURE), memoryview(content)
    for _ in range(MAX_CHUNKS):
        if start + 8 > len(content):
            return
        end = start + 12 + int.from_bytes(content[start : start + 4], "big")
        name = content[start + 4 : start + 8]
        yield Chunk(name, whole[start:end])
        if name == b"IEND":
            return
        start = end
    raise UnreadableImage(
        f"The PNG file has more than {MAX_CHUNKS} chunks; export the film again as PNG or JPEG."
    )


def _animated(announced: bytes, seen: set[bytes]) -> bool:
    """Whether there is more than the picture that everybody sees (extension APNG)."""
    frames = int.from_bytes(announced[:4], "big")
    return frames > 1 or (frames == 1 and b"fdAT" in seen)


def _keep(chunk: Chunk, retained: dict[bytes, bytes]) -> None:
    """Remember what tells the orientation, the transparent colour or the number of frames."""
    if len(chunk.content) > MAX_METADATA_BYTES or not chunk.intact:
        return
    if chunk.name not in _TEXT:
        retained.setdefault(chunk.name, chunk.data)
        return
    keyword, _, text = chunk.data.partition(b"\x00")
    if keyword == b"XML:com.adobe.xmp" and chunk.name == b"iTXt":
        retained.setdefault(b"XMP", _international(text))
    elif keyword == b"Raw profile type exif":
        profile = _HEX_PROFILE.match(inflated(text[1:]) if chunk.name == b"zTXt" else text)
        digits = b"".join(profile[1].split()) if profile else b""
        if len(digits) % 2 == 0:
            retained.setdefault(b"eXIf", bytes.fromhex(digits.decode("ascii")))


def _international(text: bytes) -> bytes:
    """The text of an iTXt chunk, which two flags and two texts with a zero at the end precede."""
    parts = text[2:].split(b"\x00", 2)
    if len(parts) < 3:
        return b""
    return inflated(parts[2]) if text[:1] == b"\x01" else parts[2]


def _with_header(still: StillImage, transparent: bytes) -> PngPicture:
    # Signature, length and name take 16 bytes; then width, height, bits, colour.
    header = still.content[8:33].ljust(25, b"\x00")
    bits, colour = header[16], header[17]
    values = tuple(
        int.from_bytes(transparent[at : at + 2], "big") for at in range(0, len(transparent) - 1, 2)
    )
    expected = {0: 1, 2: 3}.get(colour)
    return PngPicture(still, bits, colour, values if len(values) == expected else ())
