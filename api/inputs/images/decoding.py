"""From the bytes of a file to one greyscale picture."""

import struct
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PIL import Image

from api.errors import TooLarge, UnreadableImage
from api.inputs.images.containers.bmp_header import check_bmp
from api.inputs.images.containers.jpeg_header import picture_of_jpeg
from api.inputs.images.containers.png_chunks import picture_of_png
from api.inputs.images.containers.png_samples import read_png
from api.inputs.images.containers.webp_chunks import picture_of_webp
from api.inputs.images.dicom.facts import DicomFacts, ShownTags
from api.inputs.images.formats import DICOM, sniff
from api.inputs.images.pixels.grey_levels import grey_levels, opened
from api.inputs.images.pixels.intensity import GreyImage as GreyImage
from api.inputs.images.pixels.orientation import upright
from api.inputs.images.tiff.layout import read_layout
from api.inputs.images.tiff.page import image_page, page_orientation
from api.inputs.images.tiff.pixels import embedded_jpeg, read_tiff

# Decoding a JPEG at half or a quarter of its size saves most of the time (DCT scaling). Never
# below this, so that the resize that follows still has two pixels to average.
DRAFT_SIDE_PX = 448

MAX_WEBP_PIXELS = 30_000_000

# What Pillow raises for damaged files, depending on which part of which format is damaged.
DECODER_ERRORS = (
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
DECODER_SLOTS = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be: bytes, pixels (checked before decoding), and its shorter side.

    `dicom_window` names the VOI LUT or window that is wanted of a DICOM film, `dicom_tags` which
    of its tags an answer may show, `dicom_links` whether its UIDs are stored with the answer.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    min_side_px: int = 32
    dicom_window: str = ""
    dicom_tags: ShownTags = "none"
    dicom_links: bool = False


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A picture, (height, width) uint8; and of a DICOM film what its tags say beside."""

    pixels: GreyImage
    dicom: DicomFacts | None = None


def decode(content: bytes, limits: Limits) -> GreyImage:
    """Decode one still picture as a person would see it, in grey.

    The orientation that the file notes is applied. Colour becomes luminance (ITU-R 601),
    transparency lies on black, a negative (WhiteIsZero) becomes positive, and more than 8 bits a
    pixel are stretched so that a few outliers do not darken the rest. Previews, profiles and text
    in the file do not matter.

    Returns: (height, width) uint8; a JPEG or JPEG 2000 far above the network's size comes at
        reduced scale.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge.
    """
    return read_image(content, limits).pixels


def read_image(
    content: bytes, limits: Limits, *, whole: bool = False, side_px: int = DRAFT_SIDE_PX
) -> DecodedImage:
    """As `decode`, with what a DICOM film's tags say.

    Args:
        whole: a DICOM film at its full size.
        side_px: what comes at reduced scale keeps at least so many pixels a side.

    Raises: as `decode`.
    """
    kind = sniff(content, max_bytes=limits.max_bytes)
    try:
        with DECODER_SLOTS, warnings.catch_warnings():
            # What Pillow warns of in a damaged file is refused below, or does not matter.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            if kind == DICOM:
                return _dicom(content, limits, min_side_px=None if whole else side_px)
            if kind == "JPEG":
                return DecodedImage(_jpeg(content, limits, side_px=side_px))
            return DecodedImage(READERS[kind](content, limits))
    except Image.DecompressionBombError as exc:
        raise TooLarge(_too_many_pixels(limits.max_pixels)) from exc
    except MemoryError as exc:
        raise TooLarge("There is not enough memory to decode the picture.") from exc
    except DECODER_ERRORS as exc:
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


def _jpeg(content: bytes, limits: Limits, *, side_px: int = DRAFT_SIDE_PX) -> GreyImage:
    still = picture_of_jpeg(content)
    with opened(still.content, "JPEG") as image:
        _check_size(image.size, limits)
        image.draft("L", (side_px, side_px))
        return upright(grey_levels(image), still.metadata.orientation)


def _png(content: bytes, limits: Limits) -> GreyImage:
    picture = picture_of_png(content)
    with opened(picture.still.content, "PNG") as image:
        _check_size(image.size, limits)
        return upright(read_png(image, picture), picture.still.metadata.orientation)


def _webp(content: bytes, limits: Limits) -> GreyImage:
    still = picture_of_webp(content)
    with opened(still.content, "WEBP") as image:
        # Its decoder takes more than 14 bytes a pixel.
        _check_size(image.size, replace(limits, max_pixels=min(limits.max_pixels, MAX_WEBP_PIXELS)))
        return upright(grey_levels(image), still.metadata.orientation)


def _bmp(content: bytes, limits: Limits) -> GreyImage:
    check_bmp(content)
    with opened(content, "BMP") as image:
        _check_size(image.size, limits)
        return grey_levels(image)


def _tiff(content: bytes, limits: Limits) -> GreyImage:
    page = image_page(content)
    if embedded := embedded_jpeg(content, page):
        return upright(_jpeg(embedded, limits), page_orientation(page))
    layout = read_layout(page)
    _check_size((layout.width, layout.height), limits)
    grey = read_tiff(content, page, layout, max_pixels=limits.max_pixels)
    return upright(grey, page_orientation(page))


def _dicom(content: bytes, limits: Limits, *, min_side_px: int | None) -> DecodedImage:
    # Its library is loaded when the first DICOM file arrives.
    from api.inputs.images.dicom.reader import read_dicom

    pixels, facts = read_dicom(
        content,
        max_pixels=limits.max_pixels,
        check_size=partial(_check_size, limits=limits),
        window=limits.dicom_window,
        min_side_px=min_side_px,
    )
    return DecodedImage(pixels, facts)


READERS: dict[str, Callable[[bytes, Limits], GreyImage]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "TIFF": _tiff,
    "WEBP": _webp,
    "BMP": _bmp,
}
