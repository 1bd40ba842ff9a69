"""What the tags say of the pixels, checked before one of them is decoded."""

from dataclasses import dataclass

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.dicom.tags import Tags

MONOCHROME1, MONOCHROME2, PALETTE, RGB = "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB"
GREY = frozenset({MONOCHROME1, MONOCHROME2})
COLOURS = frozenset({RGB, "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420",
                     "YBR_ICT", "YBR_RCT"})  # fmt: skip
DEPTHS = frozenset({8, 16})
REMEDY = "export the film with 8 or 16 bits a pixel"


@dataclass(frozen=True, slots=True)
class PixelModule:
    """The image pixel module (PS3.3 C.7.6.3), with usual values for what is absent.

    `bits_stored` of `bits_allocated` count, the highest of them is `high_bit`.
    """

    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    photometric: str
    planar: int

    @property
    def is_colour(self) -> bool:
        return self.samples == 3


def pixel_module(tags: Tags) -> PixelModule:
    """Raises: UnreadableImage, UnsupportedFormat."""
    rows, columns = tags.whole("Rows"), tags.whole("Columns")
    if not rows or not columns or rows < 0 or columns < 0:
        raise UnreadableImage(
            "The DICOM file does not say how large its picture is (Rows, Columns); export the "
            "film again."
        )
    samples = _samples(tags)
    allocated = tags.whole("BitsAllocated") or tags.whole("BitsStored") or 0
    if allocated not in DEPTHS:
        raise UnsupportedFormat(
            f"The DICOM file has {max(allocated, 0)} bits a pixel; {REMEDY}."
            if allocated
            else f"The DICOM file does not say how many bits a pixel has; {REMEDY}."
        )
    stored = tags.whole("BitsStored")
    stored = stored if stored and 1 <= stored <= allocated else allocated
    high = tags.whole("HighBit")
    return PixelModule(
        rows=rows,
        columns=columns,
        samples=samples,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high if high is not None and stored - 1 <= high < allocated else stored - 1,
        is_signed=tags.whole("PixelRepresentation") == 1,
        photometric=_photometric(tags, samples),
        planar=1 if tags.whole("PlanarConfiguration") == 1 else 0,
    )


def _samples(tags: Tags) -> int:
    stated = tags.whole("SamplesPerPixel")
    if stated is None:
        stated = 3 if tags.word("PhotometricInterpretation") in COLOURS else 1
    if stated not in (1, 3):
        raise UnsupportedFormat(
            f"The DICOM file has {stated} samples a pixel; export the film in grey."
        )
    return stated


def _photometric(tags: Tags, samples: int) -> str:
    stated = tags.word("PhotometricInterpretation")
    if samples == 3:
        return stated if stated in COLOURS else RGB
    return stated if stated in GREY or stated == PALETTE else MONOCHROME2
