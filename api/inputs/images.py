"""From the bytes of a file to one greyscale picture."""

import io
import struct
import threading
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from api.errors import TooLarge, UnreadableImage
from api.inputs.formats import sniff

GreyImage = npt.NDArray[np.uint8]

# Decoding a JPEG at half or a quarter of its size saves most of the time (DCT scaling). Never
# below this, so that the resize that follows still has two pixels to average.
DRAFT_SIDE_PX = 448

# What Pillow raises for damaged files, depending on which part of which format is damaged.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    struct.error,
)
# Decoding a picture at the pixel limit takes hundreds of megabytes: few at a time.
DECODING = threading.BoundedSemaphore(4)

SIXTEEN_BIT_MODES = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N", "F"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be: bytes, pixels (checked before decoding), and its shorter side."""

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    min_side_px: int = 32


def decode(content: bytes, limits: Limits) -> GreyImage:
    """Decode one still picture as a person would see it, in grey.

    EXIF orientation is applied. Colour becomes luminance (ITU-R 601), transparency lies on black,
    and more than 8 bits a pixel are stretched from the picture's own minimum and maximum.

    Returns: (height, width) uint8; a JPEG far above the network's size comes at reduced scale.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge.
    """
    kind = sniff(content, max_bytes=limits.max_bytes)
    try:
        with DECODING, warnings.catch_warnings():
            # What Pillow warns of in a damaged file is refused below, or does not matter.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            with Image.open(io.BytesIO(content), formats=[kind]) as image:
                _check_size(image.size, limits)
                if getattr(image, "n_frames", 1) > 1:
                    raise UnreadableImage(
                        "The file holds several pictures (animation or pages); send one film a "
                        "file."
                    )
                image.draft("L", (DRAFT_SIDE_PX, DRAFT_SIDE_PX))
                image.load()
                return _to_grey(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as exc:
        raise TooLarge(_too_many_pixels(limits.max_pixels)) from exc
    except MemoryError as exc:
        raise TooLarge("There is not enough memory to decode the picture.") from exc
    except BROKEN as exc:
        raise UnreadableImage(
            f"The {kind} file is damaged or cut short; export the film again."
        ) from exc


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise TooLarge(
            f"The picture is {width} x {height} pixels. {_too_many_pixels(limits.max_pixels)}"
        )
    if min(size) < limits.min_side_px:
        raise UnreadableImage(
            f"The picture is only {width} x {height} pixels; "
            f"its shorter side must have at least {limits.min_side_px}."
        )


def _too_many_pixels(max_pixels: int) -> str:
    return f"At most {max_pixels / 1e6:.0f} million pixels are accepted; send a smaller export."


def _to_grey(image: Image.Image) -> GreyImage:
    if image.mode in SIXTEEN_BIT_MODES:
        return _stretched(np.asarray(image, dtype=np.float32))
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        film = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", film.size, "black"), film).convert("RGB")
    if image.mode == "P":
        image = image.convert("RGB")
    return np.asarray(image.convert("L"))


def _stretched(pixels: npt.NDArray[np.float32]) -> GreyImage:
    finite = np.nan_to_num(pixels, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if high == low:
        return np.zeros(finite.shape, dtype=np.uint8)
    return np.round((finite - low) * (255.0 / (high - low))).astype(np.uint8)
