"""Which JPEG files the decoder takes, found by walking the markers without decoding."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.pixels.orientation import (
    EXIF_HEADER,
    MAX_METADATA_BYTES,
    Metadata,
    StillImage,
)

MAX_SCANS = 200
MAX_SEGMENTS = 5_000

REMEDY = "export the film as a baseline JPEG or as PNG, 8 or 16 bit grey"

SOI, EOI, SOS, DNL, DHP = 0xD8, 0xD9, 0xDA, 0xDC, 0xDE
JPEG_LS = 0xF7
# What the picture is made of; everything else (comments, previews, profiles) is left out.
_PICTURE = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD})
# 0xC4 (Huffman tables), 0xC8 (reserved) and 0xCC (arithmetic tables) are no frames.
_FRAMES = frozenset({*range(0xC0, 0xD0), DHP, JPEG_LS}) - {0xC4, 0xC8, 0xCC}
_TAKEN_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_REFUSED_FRAMES = {
    0xC3: "lossless JPEG (SOF3)",
    JPEG_LS: "JPEG-LS",
    DHP: "hierarchical JPEG",
    **{marker: f"hierarchical JPEG (SOF{marker - 0xC0})" for marker in (0xC5, 0xC6, 0xC7)},
    **{marker: f"JPEG with arithmetic coding (SOF{marker - 0xC0})" for marker in (0xC9, 0xCA)},
    0xCB: "lossless JPEG with arithmetic coding (SOF11)",
    **{marker: f"hierarchical JPEG (SOF{marker - 0xC0})" for marker in (0xCD, 0xCE, 0xCF)},
}
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


@dataclass(frozen=True, slots=True)
class JpegSegment:
    """A marker and the bytes up to the next one, from the marker's 0xFF on."""

    marker: int
    content: bytes

    @property
    def payload(self) -> bytes:
        return self.content[4:]


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """What the frame header (SOF) of a picture says."""

    width: int
    height: int


def picture_of_jpeg(content: bytes) -> StillImage:
    """The first picture of a JPEG file, rewritten with nothing but what decodes it.

    Previews, further pictures (MPO), profiles, comments and whatever else lies beside it are
    left out; the metadata that may hold an orientation is given beside.

    Raises:
        UnsupportedFormat: a kind of JPEG that is not taken; the sentence names it.
        UnreadableImage: more than `MAX_SCANS` scans or `MAX_SEGMENTS` segments.
    """
    parts, exif, xmp = [b"\xff\xd8"], b"", b""
    for segment in _checked(content):
        if segment.marker == 0xE1:
            if segment.payload.startswith(EXIF_HEADER):
                exif = exif or segment.payload
            elif segment.payload.startswith(_XMP_HEADER):
                xmp = xmp or segment.payload[:MAX_METADATA_BYTES]
        else:
            parts.append(_retained(segment))
    return StillImage(b"".join(parts), Metadata(exif, xmp))


def without_tail(picture: bytes, *, original: bytes) -> bytes:
    """What `picture_of_jpeg` gave, up to its end: behind a single scan may be anything.

    A file in which there is nothing but the picture comes back as it was, its JFIF header too.
    """
    scan = 2
    for segment in _segments(picture):
        if segment.marker == SOS:
            break
        scan += len(segment.content)
    header = int.from_bytes(picture[scan + 2 : scan + 4], "big")
    found = _MARKER.search(picture, scan + 2 + header)
    is_last = found is not None and not _has_scan_after(picture, found.start())
    ended = picture[: found.start()] + b"\xff\xd9" if found and is_last else picture
    return original if _but_for_density(original) == ended else ended


def _has_scan_after(picture: bytes, start: int) -> bool:
    """Whether tables or scans follow: of a progressive picture, or one scan a channel."""
    return picture[start + 1] in _PICTURE | {SOS}


def _but_for_density(content: bytes) -> bytes:
    """With the JFIF header as it is written here: a density in pixels says nothing of anybody."""
    if content[2:4] == b"\xff\xe0" and content[4:11] == b"\x00\x10JFIF\x00":
        return content[:2] + _JFIF + content[20:]
    return content


def check_jpeg(content: bytes) -> JpegFrame | None:
    """Refuse a JPEG stream that the decoder must not see; see `picture_of_jpeg`.

    Returns: the frame, None if the stream has none (a stream of tables).
    """
    frame = None
    for segment in _checked(content):
        if segment.marker in _TAKEN_FRAMES:
            frame = _frame(segment)
    return frame


def _checked(content: bytes) -> Iterator[JpegSegment]:
    scans = 0
    for count, segment in enumerate(_segments(content)):
        scans += segment.marker == SOS
        if scans > MAX_SCANS:
            raise UnreadableImage(
                f"This progressive JPEG has more than {MAX_SCANS} scans, which takes too long to "
                f"decode; {REMEDY}."
            )
        if count >= MAX_SEGMENTS:
            raise UnreadableImage(
                f"This JPEG has more than {MAX_SEGMENTS} segments before its end; {REMEDY}."
            )
        if segment.marker in _FRAMES:
            _frame(segment)
        yield segment


def _segments(content: bytes) -> Iterator[JpegSegment]:
    """Up to the end of the first picture; the last segment may be cut short.

    Where the first scan has all channels and is not progressive, the decoder reads no other: that
    scan comes with all that follows, which saves looking for its end.
    """
    found = _MARKER.search(content, 2)
    only_scan_channels = 0
    while found:
        start, marker = found.start(), content[found.start() + 1]
        if marker == EOI:
            yield JpegSegment(EOI, b"\xff\xd9")
            return
        if marker in _SEQUENTIAL:
            only_scan_channels = _byte(content, start + 9)
        elif marker == SOS and 0 < only_scan_channels == _byte(content, start + 4):
            yield JpegSegment(SOS, content[start:])
            return
        end = start + 2 + max(2, int.from_bytes(content[start + 2 : start + 4], "big"))
        found = _MARKER.search(content, end)
        if marker == SOS:
            end = found.start() if found else len(content)
        yield JpegSegment(marker, content[start:end])


def _byte(content: bytes, at: int) -> int:
    return content[at] if at < len(content) else 0


def _frame(segment: JpegSegment) -> JpegFrame:
    """Raises: UnsupportedFormat: the frame is of a kind that the decoder does not take."""
    if segment.marker not in _TAKEN_FRAMES:
        raise UnsupportedFormat(f"This is {_REFUSED_FRAMES[segment.marker]}; {REMEDY}.")
    header = segment.payload.ljust(6, b"\x00")
    bits, height, width, components = (
        header[0],
        int.from_bytes(header[1:3], "big"),
        int.from_bytes(header[3:5], "big"),
        header[5],
    )
    if len(segment.payload) < 6:
        return JpegFrame(width, height)  # the decoder says that it is cut short
    if bits != 8:
        raise UnsupportedFormat(f"This is a {bits}-bit JPEG; {REMEDY}.")
    if height == 0:
        raise UnsupportedFormat(
            f"This is a JPEG that gives its height after the picture (DNL); {REMEDY}."
        )
    if components not in {1, 3, 4}:
        raise UnsupportedFormat(f"This is a JPEG of {components} colour channels; {REMEDY}.")
    return JpegFrame(width, height)


def _retained(segment: JpegSegment) -> bytes:
    if segment.marker in _PICTURE or segment.marker in {SOS, EOI}:
        return segment.content
    # Both tell the decoder what the channels mean; what else they hold does not matter.
    if segment.marker == 0xE0 and segment.payload[:5] == b"JFIF\x00" and len(segment.content) >= 18:
        return _JFIF
    if segment.marker == 0xEE and segment.payload[:5] == b"Adobe" and len(segment.content) >= 16:
        return segment.content
    return b""
