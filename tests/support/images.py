"""Generated films in every kind of file that people might send."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from api.inputs.images.synthetic import synthetic_image
from api.tasks.labels import Finding

SIZE_PX = 256


def image(finding: Finding = "lobar", *, seed: int = 1, size_px: int = SIZE_PX) -> Image.Image:
    """A generated film, mode L."""
    return Image.fromarray(synthetic_image(finding, seed=seed, size_px=size_px))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file of Pillow's format `kind`."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# Drawing a film and packing it takes longer than most answers to it.
@lru_cache(maxsize=256)
def png(seed: int = 1, finding: Finding = "lobar") -> bytes:
    """A film as PNG; another seed is another picture."""
    return encoded(image(finding, seed=seed), "PNG", compress_level=1)


@lru_cache(maxsize=64)
def jpeg(seed: int = 1, *, quality: int = 90) -> bytes:
    """A film as JPEG."""
    return encoded(image(seed=seed), "JPEG", quality=quality)


def noise(seed: int = 0) -> bytes:
    """A PNG of what is no film at all."""
    grey = np.random.default_rng(seed).integers(0, 256, (SIZE_PX, SIZE_PX), dtype=np.uint8)
    return encoded(Image.fromarray(grey), "PNG")


def sixteen_bit_png(*, seed: int = 1) -> bytes:
    """12 significant bits in 16, as detectors deliver."""
    return encoded(Image.fromarray(np.asarray(image(seed=seed), dtype=np.uint16) * 16), "PNG")


def animation(kind: str) -> bytes:
    """Three different frames in a file."""
    frames = [image(seed=seed) for seed in range(3)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header announces `width` x `height` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    )


def dicom() -> bytes:
    """The beginning of a DICOM file."""
    return bytes(128) + b"DICM" + bytes(300)


def pdf() -> bytes:
    """The beginning of a PDF."""
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def zipped(entries: Mapping[str, bytes], *, compress: bool = False) -> bytes:
    """A ZIP archive with these names and contents, whatever the names are."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return buffer.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
