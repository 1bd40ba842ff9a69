"""All 16 bits of a PNG's samples: Pillow gives those of grey, and half of those of colour."""

import zlib

import numpy as np
from PIL import Image

from api.arrays import ByteArray, Uint16Array, Uint32Array
from api.inputs.images.containers.png_chunks import SIGNATURE, PngPicture
from api.inputs.images.pixels.grey_levels import grey_levels, opened
from api.inputs.images.pixels.intensity import GreyImage, bands, stretched
from api.inputs.images.pixels.luminance import BLUE, GREEN, RED, over_black

OPAQUE = 0xFFFF
GREY, GREY_ALPHA, RGBA = 0, 4, 6


def read_png(image: Image.Image, picture: PngPicture) -> GreyImage:
    """Grey levels of a PNG whose header has been read as `image`.

    Returns: (height, width) uint8; 16-bit samples are stretched.
    """
    if picture.bits != 16:
        return grey_levels(image)
    if picture.colour == GREY:
        return stretched(_grey(image, picture))
    if picture.colour == GREY_ALPHA:
        return stretched(_grey_with_alpha(picture))
    return stretched(_colour(image, picture))


def _grey(image: Image.Image, picture: PngPicture) -> Uint16Array:
    image.load()
    values = np.empty((image.height, image.width), dtype=np.uint16)
    for rows in bands(values.shape):
        values[rows] = _band(image, rows)
    if picture.transparent:
        values[values == picture.transparent[0]] = 0
    return values


def _grey_with_alpha(picture: PngPicture) -> Uint16Array:
    """A pixel of grey and alpha has the same bytes as one of four channels of 8 bits."""
    image = opened(_with_header(picture.still.content, bits=8, colour=RGBA), "PNG")
    image.load()
    values = np.empty((image.height, image.width), dtype=np.uint16)
    for rows in bands(values.shape):
        pairs = np.ascontiguousarray(_band(image, rows)).view(">u2").astype(np.uint16)
        values[rows] = over_black(pairs[..., 0], pairs[..., 1], opaque=OPAQUE)
    return values


def _colour(image: Image.Image, picture: PngPicture) -> Uint16Array:
    """Decode twice: Pillow keeps the first byte of each sample, or the second if so asked.

    What it takes for the first byte of little-endian samples is the second of PNG's.
    """
    image.load()
    values = np.empty((image.height, image.width), dtype=np.uint16)
    opacity = _Opacity(values.shape, picture)
    for rows in bands(values.shape):
        band = _band(image, rows)
        values[rows] = _weighted(band) >> 8
        opacity.see_high_bytes(rows, band)
    mode = image.mode
    image.close()  # two pictures in colour are too much memory
    image = opened(picture.still.content, "PNG")
    image.tile = [tile._replace(args=f"{mode};16L") for tile in image.tile]
    image.load()
    for rows in bands(values.shape):
        band = _band(image, rows)
        values[rows] += (_weighted(band) >> 16).astype(np.uint16)
        opacity.see_low_bytes(rows, band)
        values[rows] = opacity.over_black(rows, values[rows])
    return values


class _Opacity:
    """How much of each pixel is seen, in 8 bits: by an alpha channel, or but for one colour."""

    def __init__(self, shape: tuple[int, int], picture: PngPicture) -> None:
        self._key = picture.transparent
        self._alpha = picture.colour == RGBA
        opaque = not self._alpha and not self._key
        self._values = None if opaque else np.zeros(shape, dtype=np.uint8)

    def see_high_bytes(self, rows: slice, band: ByteArray) -> None:
        if self._values is not None:
            self._values[rows] = band[..., 3] if self._alpha else self._differs(band, 8)

    def see_low_bytes(self, rows: slice, band: ByteArray) -> None:
        if self._values is not None and not self._alpha:
            self._values[rows] |= self._differs(band, 0)

    def over_black(self, rows: slice, values: Uint16Array) -> Uint16Array:
        if self._values is None:
            return values
        return over_black(values, self._values[rows], opaque=0xFF)

    def _differs(self, band: ByteArray, shift: int) -> ByteArray:
        key = np.array([value >> shift & 0xFF for value in self._key], dtype=np.uint8)
        return np.asarray((band != key).any(axis=2), dtype=np.uint8) * np.uint8(0xFF)


def _weighted(band: ByteArray) -> Uint32Array:
    """Brightness of bytes, in 65536ths."""
    red, green, blue = (band[..., at].astype(np.uint32) for at in range(3))
    return np.asarray(red * RED + green * GREEN + blue * BLUE, dtype=np.uint32)


def _band(image: Image.Image, rows: slice) -> ByteArray:
    return np.asarray(image.crop((0, rows.start, image.width, rows.stop)))


def _with_header(content: bytes, *, bits: int, colour: int) -> bytes:
    """The same file with another kind of sample in its header, which is the first chunk."""
    start = len(SIGNATURE)
    header = bytearray(content[start + 4 : start + 21])
    header[12:14] = bytes([bits, colour])
    checksum = zlib.crc32(header).to_bytes(4, "big")
    return content[: start + 4] + bytes(header) + checksum + content[start + 25 :]
