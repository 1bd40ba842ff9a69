"""A film's file without what is beside the picture: names, dates, places, previews, comments.

What stays is what decodes to the same pixels, byte for byte as it was, and which way up it is
shown. A file that has nothing else stays as it is, so its SHA-256 does too.
"""

from collections.abc import Callable

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.containers import jpeg_header, png_chunks, webp_chunks
from api.inputs.images.decoding import DECODER_ERRORS
from api.inputs.images.formats import sniff
from api.inputs.images.pixels.orientation import EXIF_HEADER, ORIENTATION, UPRIGHT
from api.inputs.images.tiff.directory import Tag
from api.inputs.images.tiff.layout import read_blocks, read_layout
from api.inputs.images.tiff.page import image_page, page_orientation
from api.inputs.images.tiff.pixels import embedded_jpeg
from api.inputs.images.tiff.writer import pixel_entries, tiff_file, whole_numbers

EOI = b"\xff\xd9"
EXIF_FLAG = 0x08


def without_metadata(content: bytes) -> bytes:
    """The same picture in the same encoding, and nothing beside it but its orientation.

    Raises: UnsupportedFormat, UnreadableImage for what is no film that is read, or none whose
        metadata can be left out.
    """
    kind = sniff(content, max_bytes=len(content))
    if kind not in WRITERS:
        raise UnsupportedFormat(
            f"What a {kind} file says beside the picture cannot be left out, so it is not stored; "
            "export the film as PNG or JPEG."
        )
    try:
        return WRITERS[kind](content)
    except DECODER_ERRORS as exc:
        raise UnreadableImage(
            f"The {kind} file is damaged or cut short; export the film again."
        ) from exc


def exif_of(orientation: int) -> bytes:
    """An EXIF block (a TIFF of one tag) that says which way up a picture is shown."""
    entry = whole_numbers("<", orientation)
    value = entry.content.ljust(4, b"\x00")
    tag = ORIENTATION.to_bytes(2, "little") + entry.kind.to_bytes(2, "little")
    directory = b"\x01\x00" + tag + entry.count.to_bytes(4, "little") + value + bytes(4)
    return b"II*\x00\x08\x00\x00\x00" + directory


def _jpeg(content: bytes) -> bytes:
    still = jpeg_header.picture_of_jpeg(content)
    picture = jpeg_header.without_tail(still.content, original=content)
    orientation = still.metadata.orientation
    if orientation == UPRIGHT:
        return picture
    block = EXIF_HEADER + exif_of(orientation)
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    return picture[:2] + segment + picture[2:]


def _png(content: bytes) -> bytes:
    orientation = png_chunks.picture_of_png(content).still.metadata.orientation
    exif = b"" if orientation == UPRIGHT else exif_of(orientation)
    return png_chunks.plain_png(content, exif=exif)


def _webp(content: bytes) -> bytes:
    still = webp_chunks.picture_of_webp(content)
    orientation = still.metadata.orientation
    if orientation == UPRIGHT:
        return still.content
    # Only the extended form has metadata; its first chunk says which.
    exif = exif_of(orientation)
    flagged = bytes([still.content[20] | EXIF_FLAG])
    chunk = b"EXIF" + len(exif).to_bytes(4, "little") + exif + bytes(len(exif) % 2)
    body = still.content[8:20] + flagged + still.content[21:] + chunk
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _tiff(content: bytes) -> bytes:
    page = image_page(content)
    if embedded := embedded_jpeg(content, page):
        return _jpeg(embedded)
    layout = read_layout(page)
    entries = pixel_entries(page)
    orientation = page_orientation(page)
    if orientation != UPRIGHT:
        entries |= {Tag.ORIENTATION: whole_numbers(page.order, orientation)}
    blocks = [content[b.start : b.start + b.size] for b in read_blocks(content, page, layout)]
    return tiff_file(page.order, entries, blocks, tiled=layout.tiled)


def _bmp(content: bytes) -> bytes:
    """Up to the end of the pixels: behind them are profiles, and whatever somebody appended."""
    start = int.from_bytes(content[10:14], "little")
    width = abs(int.from_bytes(content[18:22], "little", signed=True))
    height = abs(int.from_bytes(content[22:26], "little", signed=True))
    bits = int.from_bytes(content[28:30], "little")
    is_packed = int.from_bytes(content[30:34], "little") in {1, 2}
    rows_bytes = (width * bits + 31) // 32 * 4 * height
    size = int.from_bytes(content[34:38], "little") if is_packed else rows_bytes
    has_core_header = int.from_bytes(content[14:18], "little") <= 12
    return content if has_core_header or not size else content[: start + size]


WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "TIFF": _tiff,
    "BMP": _bmp,
}
