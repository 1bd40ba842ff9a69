"""What a BMP file's header says that decides whether it is decoded."""

from api.errors import TooLarge, UnsupportedFormat

# Run lengths are unpacked byte by byte, which takes long and lets few bytes claim many pixels.
MAX_RUN_LENGTH_PIXELS = 10_000_000
_RLE8, _RLE4, _JPEG, _PNG = 1, 2, 4, 5
_CORE_HEADER_BYTES = 12


def check_bmp(content: bytes) -> None:
    """Refuse a BMP that is only a shell, or that takes too long to unpack.

    Raises: UnsupportedFormat, TooLarge.
    """
    if int.from_bytes(content[14:18], "little") <= _CORE_HEADER_BYTES:
        return
    compression = int.from_bytes(content[30:34], "little")
    if compression in {_JPEG, _PNG}:
        name = "JPEG" if compression == _JPEG else "PNG"
        raise UnsupportedFormat(
            f"This is a BMP file with a {name} picture inside; export the film as {name}."
        )
    width = abs(int.from_bytes(content[18:22], "little", signed=True))
    height = abs(int.from_bytes(content[22:26], "little", signed=True))
    if compression in {_RLE8, _RLE4} and (
        width * height > MAX_RUN_LENGTH_PIXELS or len(content) > 4 * width * height + (1 << 20)
    ):
        raise TooLarge(
            "A BMP file with run-length compression may have at most "
            f"{MAX_RUN_LENGTH_PIXELS / 1e6:.0f} million pixels; export the film as PNG."
        )
