"""What a WebP file holds, found by walking its chunks without decoding."""

from collections.abc import Iterator

from api.errors import UnreadableImage
from api.inputs.images.pixels.orientation import MAX_METADATA_BYTES, Metadata, StillImage

MAX_CHUNKS = 1_000
_PICTURE = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
# Bits of the flags of VP8X: profile, EXIF, XMP. Their chunks are left out.
_METADATA_FLAGS = 0x20 | 0x08 | 0x04


def picture_of_webp(content: bytes) -> StillImage:
    """The picture of a WebP file, without profiles and metadata.

    Raises: UnreadableImage: an animation, or more than `MAX_CHUNKS` chunks.
    """
    parts, metadata = list[bytes](), dict[bytes, bytes]()
    frames, extended = 0, content[12:16] == b"VP8X"
    for name, chunk in _chunks(content):
        frames += name == b"ANMF"
        if name == b"VP8X" and len(chunk) >= 18:
            parts.append(chunk[:8] + bytes([chunk[8] & ~_METADATA_FLAGS]) + chunk[9:])
        elif name in _PICTURE:
            parts.append(chunk)
        elif extended and name in {b"EXIF", b"XMP "} and len(chunk) <= MAX_METADATA_BYTES:
            metadata.setdefault(name, chunk[8:])
    if frames > 1:
        raise UnreadableImage("The file holds several pictures (animation); send one film a file.")
    return StillImage(
        _riff(b"".join(parts)), Metadata(metadata.get(b"EXIF", b""), metadata.get(b"XMP ", b""))
    )


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and bytes of each chunk (name, size, data, padding); the last may be cut short."""
    start, count = 12, 0
    while start + 8 <= len(content):
        size = int.from_bytes(content[start + 4 : start + 8], "little")
        end = start + 8 + size + size % 2
        count += 1
        if count > MAX_CHUNKS:
            raise UnreadableImage(
                f"The WebP file has more than {MAX_CHUNKS} chunks; export the film again as PNG or "
                "JPEG."
            )
        yield content[start : start + 4], content[start:end]
        start = end


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks
