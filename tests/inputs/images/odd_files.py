"""Pictures that an ordinary program never writes, and some that only look like pictures."""

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.inputs.images import odd_tiffs
from tests.support import images

Values = npt.NDArray[Any]

SIZE_PX = 128
# First row and column of each pass of an interlaced PNG, and the steps between them.
ADAM7 = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)


def grey(size_px: int = SIZE_PX) -> npt.NDArray[np.uint8]:
    """The film that the files below show."""
    return np.asarray(images.image(size_px=size_px))


# PNG


def chunk(name: bytes, data: bytes, *, checksum: int | None = None) -> bytes:
    """One chunk of a PNG, with a wrong checksum if one is given."""
    if checksum is None:
        checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def png(
    values: Values,
    *,
    before: bytes = b"",
    middle: bytes = b"",
    after: bytes = b"",
    level: int = 6,
    interlaced: bool = False,
) -> bytes:
    """A PNG of exactly these values.

    Args:
        values: (h, w) or (h, w, 1 to 4 channels), uint8 or uint16.
        before, middle, after: chunks between header and data, within the data, and after it.
    """
    cube = values.reshape(*values.shape[:2], -1)
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[cube.shape[2]]
    bits = values.dtype.itemsize * 8
    passes = [cube[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlaced else [cube]
    data = zlib.compress(b"".join(map(_filtered, passes)), level)
    half = len(data) // 2
    header = struct.pack(">IIBBBBB", cube.shape[1], cube.shape[0], bits, colour, 0, 0, interlaced)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            before,
            chunk(b"IDAT", data[:half]),
            middle,
            chunk(b"IDAT", data[half:]),
            after,
            chunk(b"IEND", b""),
        )
    )


def _filtered(cube: Values) -> bytes:
    """Rows with the number of their filter, none, before each."""
    rows = np.ascontiguousarray(cube.astype(cube.dtype.newbyteorder(">")))
    return np.pad(rows.reshape(len(cube), -1).view(np.uint8), ((0, 0), (1, 0))).tobytes()


# JPEG


def lossless_jpeg(values: npt.NDArray[np.uint8]) -> bytes:
    """A lossless JPEG (SOF3), predictor 1, with a Huffman code of 4 bits for each size."""
    height, width = values.shape
    predicted = np.zeros((height, width), dtype=np.int32)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 128
    codes = {difference: _lossless_code(difference) for difference in range(-255, 256)}
    bits = "".join(map(codes.__getitem__, (values - predicted).ravel().tolist()))
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
    table = bytes([0, 0, 0, 0, 10, *[0] * 12, *range(10)])
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xC3, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
            segment(0xC4, table),
            segment(0xDA, bytes([1, 1, 0, 1, 0, 0])),
            data,
            b"\xff\xd9",
        )
    )


def _lossless_code(difference: int) -> str:
    size = abs(difference).bit_length()
    value = difference if difference > 0 else difference + (1 << size) - 1
    return f"{size:04b}" + (f"{value:0{size}b}" if size else "")


def segment(marker: int, payload: bytes) -> bytes:
    """A JPEG segment with its length."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Segments right after the start of a JPEG."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def scan_bomb(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    jpeg = images.encoded(images.image(size_px=SIZE_PX), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    own = jpeg.count(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * (scans - own + 1) + jpeg[-2:]


def jpeg_with_frame(marker: int, *, bits: int = 8, height: int | None = None) -> bytes:
    """A JPEG whose frame header says that it is of another kind."""
    jpeg = bytearray(images.encoded(images.image(size_px=SIZE_PX), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 1], jpeg[at + 4] = marker, bits
    if height is not None:
        jpeg[at + 5 : at + 7] = struct.pack(">H", height)
    return bytes(jpeg)


def mpo(size_px: int = SIZE_PX) -> bytes:
    """A camera's file: the picture and a smaller one behind it."""
    image = images.image(size_px=size_px)
    preview = image.resize((size_px // 2, size_px // 2))
    return images.encoded(image, "MPO", save_all=True, append_images=[preview], quality=95)


# WebP


def webp_with_chunk(name: bytes, data: bytes) -> bytes:
    """A lossless WebP with one more chunk at its end."""
    plain = images.encoded(images.image(size_px=SIZE_PX), "WEBP", lossless=True)
    more = name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    body = plain[8:] + more
    return b"RIFF" + struct.pack("<I", len(body)) + body


# TIFF


def tiff_with_preview(*, flagged: bool, preview_first: bool = False) -> bytes:
    """A page and a smaller copy of it."""
    image = grey()
    flag: dict[str, Any] = {"tag254": [1]} if flagged else {}
    pages = [odd_tiffs.page(image), odd_tiffs.page(np.ascontiguousarray(image[::4, ::4]), **flag)]
    return odd_tiffs.file_of(*(reversed(pages) if preview_first else pages))


def corpus() -> dict[str, bytes]:
    """A small file of every kind, as seeds for mutation."""
    image = images.image(size_px=SIZE_PX)
    deep = grey().astype(np.uint16) * 16
    colour = np.stack([deep] * 3, axis=2)
    files = {
        f"{kind} {mode}": images.encoded(image.convert(mode), kind)
        for kind in ("PNG", "TIFF", "BMP")
        for mode in ("1", "L", "P", "RGB")
    }
    for mode in ("L", "RGB", "CMYK"):
        files[f"JPEG {mode}"] = images.encoded(image.convert(mode), "JPEG")
        files[f"JPEG progressive {mode}"] = images.encoded(
            image.convert(mode), "JPEG", progressive=True
        )
    for name, order, kind in (("II", "<", "u2"), ("MM", ">", "i2"), ("II", "<", "f4")):
        for compression in odd_tiffs.COMPRESSIONS:
            files[f"TIFF {name} {kind} {compression}"] = odd_tiffs.tiff(
                deep.astype(kind), order=order, compression=compression
            )
    files |= {
        "PNG grey 16": png(deep),
        "PNG RGB 16": png(colour),
        "PNG RGBA 16": png(np.dstack([colour, deep])),
        "PNG grey and alpha 16": png(np.dstack([deep, deep])),
        "PNG interlaced": png(grey(), interlaced=True),
        "PNG RGB 16 interlaced": png(colour, interlaced=True),
        "PNG with metadata": png(
            grey(),
            before=chunk(b"tEXt", b"Comment\0a film") + chunk(b"eXIf", _exif()),
            after=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a film")),
        ),
        "APNG": images.animation("PNG"),
        "WebP": images.encoded(image, "WEBP"),
        "WebP lossless": images.encoded(image.convert("RGBA"), "WEBP", lossless=True),
        "WebP with metadata": webp_with_chunk(b"EXIF", _exif()),
        "WebP animated": images.animation("WEBP"),
        "JPEG lossless": lossless_jpeg(grey()),
        "JPEG with EXIF": images.encoded(image, "JPEG", exif=_exif()),
        "JPEG scans": scan_bomb(60),
        "MPO": mpo(),
        "TIFF pages": images.animation("TIFF"),
        "TIFF preview": tiff_with_preview(flagged=True),
        "TIFF RGB 16": odd_tiffs.tiff(colour, compression="deflate", predictor=2),
        "TIFF RGB 16 planes": odd_tiffs.tiff(colour, planar=True),
        "TIFF 12 bits": odd_tiffs.tiff(deep, bits=12, compression="lzw"),
        "TIFF tiles": odd_tiffs.tiff(deep, tile=48, compression="deflate"),
        "TIFF float predictor": odd_tiffs.tiff(
            deep.astype("f4"), compression="deflate", predictor=3
        ),
        "TIFF JPEG": images.encoded(image, "TIFF", compression="jpeg"),
        "TIFF JPEG RGB": images.encoded(image.convert("RGB"), "TIFF", compression="jpeg"),
        "TIFF old JPEG": odd_tiffs.jpeg_in_tiff(
            images.encoded(image, "JPEG"), image.size, compression=6
        ),
        "TIFF lossless JPEG": odd_tiffs.jpeg_in_tiff(lossless_jpeg(grey()), image.size),
        "TIFF fax": images.encoded(image.convert("1"), "TIFF", compression="group4"),
        "TIFF zstd": images.encoded(image, "TIFF", compression="zstd"),
        "BigTIFF": odd_tiffs.tiff(deep, big=True),
        "DICOM": images.dicom(),
    }
    return files


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a maker"
    return exif.tobytes()
