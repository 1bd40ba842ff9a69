"""What kind of picture the bytes are; the file's name is never asked."""

from api.errors import TooLarge, UnreadableImage, UnsupportedFormat
from api.inputs.images.containers.foreign_formats import foreign_format
from api.inputs.images.dicom.signature import has_magic, is_bare_dataset

ACCEPTED = "JPEG, PNG, BMP, TIFF, WebP or DICOM"
DICOM = "DICOM"
# Of what is stored. A DICOM file is not: it becomes a PNG of what it shows.
EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "BMP": "bmp", "TIFF": "tif", "WEBP": "webp"}


def sniff(content: bytes, *, max_bytes: int) -> str:
    """The name of the format that the first bytes announce: Pillow's, or DICOM.

    Raises:
        TooLarge: more than `max_bytes`.
        UnreadableImage: no bytes at all.
        UnsupportedFormat: anything but a still-image format that radiographs come in.
    """
    if not content:
        raise UnreadableImage("The file is empty (0 bytes); export the film again.")
    if len(content) > max_bytes:
        raise TooLarge(
            f"The file has {len(content) / 1e6:.1f} MB; at most {max_bytes / 1e6:.0f} MB are "
            "accepted. Export the film as JPEG or at a smaller size."
        )
    kind = _kind(content)
    if kind is None:
        raise UnsupportedFormat(_refusal(content))
    return kind


def is_dicom(content: bytes) -> bool:
    """Whether the bytes are read as a DICOM film, or refused as one."""
    return _kind(content) == DICOM


def _kind(content: bytes) -> str | None:
    # First: its preamble may be the beginning of another format, and what is stored of it as such
    # would be stored with the patient's name.
    if has_magic(content):
        return DICOM
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return "TIFF"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    # "BM" alone would greet any text that begins so; the reserved words of the header are zero.
    if content.startswith(b"BM") and content[6:10] == b"\x00\x00\x00\x00":
        return "BMP"
    return DICOM if is_bare_dataset(content) else None


def _refusal(content: bytes) -> str:
    name = foreign_format(content)
    if name:
        return f"This is {name}, which is not accepted; export the film as {ACCEPTED}."
    return f"This is not an image in an accepted format; send {ACCEPTED}."
