"""The one page of a TIFF file that is the film: neither a preview nor one of several films."""

from collections.abc import Sequence

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.pixels.orientation import Metadata
from api.inputs.images.tiff.directory import Tag, TiffDirectory, read_directories
from api.inputs.images.tiff.layout import DAMAGED

REDUCED, MASK = 1, 4
PAGE_OF_SEVERAL = 2
# A second picture of the same shape and at most this share of the sides is a preview.
PREVIEW_SHARE = 0.5
SAME_SHAPE = 0.05
CFA, LINEAR_RAW = 32803, 34892


def image_page(content: bytes) -> TiffDirectory:
    """The directory of the full picture.

    Raises:
        UnreadableImage: no picture, or several that are not previews of one.
        UnsupportedFormat: the raw file of a camera.
    """
    chain = read_directories(content)
    children = _children(content, chain)
    _refuse_camera_raw(content, (*chain, *children))
    pages = [page for page in chain if _is_picture(page)]
    full = [page for page in pages if not _is_reduced(page)]
    full = full or [page for page in (*pages, *children) if _is_picture(page)]
    if not full:
        raise UnreadableImage(DAMAGED)
    image = max(full, key=_area)
    if any(page is not image and not _is_preview(page, image) for page in full):
        raise UnreadableImage("The file holds several pictures (pages); send one film a file.")
    return image


def page_orientation(page: TiffDirectory) -> int:
    """EXIF's number of the way a page is to be turned."""
    return page.number(Tag.ORIENTATION) or Metadata(xmp=page.raw(Tag.XMP)).orientation


def _children(content: bytes, chain: Sequence[TiffDirectory]) -> tuple[TiffDirectory, ...]:
    starts = [start for page in chain for start in page.numbers(Tag.SUB_IFDS)[:16]]
    return read_directories(content, starts=starts, max_count=16) if starts else ()


def _refuse_camera_raw(content: bytes, directories: Sequence[TiffDirectory]) -> None:
    kinds = {page.number(Tag.PHOTOMETRIC_INTERPRETATION) for page in directories}
    is_dng = any(Tag.DNG_VERSION in page.entries for page in directories)
    if is_dng or content[8:10] == b"CR" or kinds & {CFA, LINEAR_RAW}:
        raise UnsupportedFormat(
            "This is the raw file of a camera (as DNG, CR2, NEF or ARW); export the picture as "
            "JPEG or PNG."
        )


def _is_picture(page: TiffDirectory) -> bool:
    pixels = (Tag.STRIP_OFFSETS, Tag.TILE_OFFSETS, Tag.JPEG_INTERCHANGE_FORMAT)
    return _area(page) > 0 and any(page.numbers(tag) for tag in pixels)


def _is_reduced(page: TiffDirectory) -> bool:
    kind = page.number(Tag.NEW_SUBFILE_TYPE)
    return bool(kind & (REDUCED | MASK)) or page.number(Tag.SUBFILE_TYPE) == 2


def _is_preview(page: TiffDirectory, image: TiffDirectory) -> bool:
    if page.number(Tag.NEW_SUBFILE_TYPE) & PAGE_OF_SEVERAL:
        return False
    shares = [page.number(tag) / image.number(tag) for tag in (Tag.IMAGE_WIDTH, Tag.IMAGE_LENGTH)]
    return max(shares) <= PREVIEW_SHARE and abs(shares[0] / shares[1] - 1) <= SAME_SHAPE


def _area(page: TiffDirectory) -> int:
    return page.number(Tag.IMAGE_WIDTH) * page.number(Tag.IMAGE_LENGTH)
