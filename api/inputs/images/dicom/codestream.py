"""What a compressed picture says of itself, read from its header without decoding it.

A decoder takes room by the codestream's own size, not by the tags' of the file around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from api.errors import UnreadableImage

Codec = Literal["JPEG", "lossless JPEG", "JPEG-LS", "JPEG 2000", "HTJ2K"]

MAX_SCANS = 200
MAX_MARKERS = 5_000
MAX_TILES = 10_000
_SOS, _EOI, _JPEG_LS = 0xDA, 0xD9, 0xF7
# Markers of JPEG 2000 and its high-throughput variant.
_CAPABILITIES, _CODING, _START_OF_TILE = 0x50, 0x52, 0x90
_DCT, _LOSSLESS = frozenset({0xC0, 0xC1, 0xC2}), 0xC3
_FRAMES = frozenset({*range(0xC0, 0xD0), _JPEG_LS}) - {0xC4, 0xC8, 0xCC}
_J2K, _JP2 = b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  "
_CUT_SHORT = "The picture in the DICOM file is damaged or cut short; export the film again."


@dataclass(frozen=True, slots=True)
class Codestream:
    """A compressed picture: its pixels, their components, and the bits of each."""

    codec: Codec
    width: int
    height: int
    components: int
    bits: int
    is_signed: bool = False
    # How often JPEG 2000 can be decoded at half the size.
    halvings: int = 0


def codestream_of(data: bytes) -> Codestream | None:
    """What the header says; None if this is none of the codecs, as run lengths or video.

    Raises: UnreadableImage.
    """
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(_JP2):
        start = data.find(_J2K, 0, 4096)
        return _jpeg_2000(data[start:]) if start >= 0 else None
    return _jpeg_2000(data) if data.startswith(_J2K) else None


def _jpeg(data: bytes) -> Codestream:
    # In the compressed data itself every 0xFF is followed by a zero or a restart marker.
    if data.count(b"\xff\xda") > MAX_SCANS:
        raise UnreadableImage(
            f"The JPEG in the DICOM file has more than {MAX_SCANS} scans, which takes too long to "
            "decode; export the film with another transfer syntax."
        )
    for marker, payload in _segments(data):
        if marker not in _FRAMES:
            continue
        if len(payload) < 6:
            break
        codec: Codec
        if marker in _DCT:
            codec = "JPEG"
        elif marker in (_LOSSLESS, _JPEG_LS):
            codec = "lossless JPEG" if marker == _LOSSLESS else "JPEG-LS"
        else:
            raise UnreadableImage(
                "The JPEG in the DICOM file is hierarchical or uses arithmetic coding, which is "
                "not decoded here; export the film as JPEG lossless, JPEG 2000 or uncompressed."
            )
        height, width = int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big")
        return Codestream(codec, width, height, payload[5], payload[0])
    raise UnreadableImage(_CUT_SHORT)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers with their payloads, up to the first scan or tile."""
    at = 2
    for _ in range(MAX_MARKERS):
        at = data.find(b"\xff", at)
        while 0 <= at < len(data) - 1 and data[at + 1] == 0xFF:
            at += 1
        if not 0 <= at < len(data) - 3 or data[at + 1] in (_SOS, _EOI, _START_OF_TILE):
            return
        size = max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        yield data[at + 1], data[at + 4 : at + 2 + size]
        at += 2 + size


def _jpeg_2000(data: bytes) -> Codestream:
    """From the SIZ marker, ISO/IEC 15444-1 A.5.1."""
    size = data[6:40]
    if len(size) < 34 or len(data) < 43:
        raise UnreadableImage(_CUT_SHORT)
    # Right, bottom, left and top of the picture on its grid, then the same of the first tile.
    right, bottom, left, top, tile_width, tile_height = (
        int.from_bytes(size[at : at + 4], "big") for at in range(2, 26, 4)
    )
    components = int.from_bytes(data[40:42], "big")
    depth = data[42]
    tiles = (right // max(tile_width, 1) + 1) * (bottom // max(tile_height, 1) + 1)
    if right <= left or bottom <= top or not components or tiles > MAX_TILES:
        raise UnreadableImage(_CUT_SHORT)
    markers = dict(_segments(data))
    coding = markers.get(_CODING, b"")
    return Codestream(
        "HTJ2K" if _CAPABILITIES in markers else "JPEG 2000",
        right - left,
        bottom - top,
        components,
        (depth & 0x7F) + 1,
        bool(depth & 0x80),
        coding[5] if len(coding) > 5 else 0,
    )
