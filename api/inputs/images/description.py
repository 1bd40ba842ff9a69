"""What is written down of an image that becomes a sample."""

from dataclasses import dataclass, field, replace

from api.inputs.images.decoding import Limits, read_image
from api.inputs.images.deidentification import deidentified_png
from api.inputs.images.formats import EXTENSIONS, sniff
from api.inputs.images.perceptual_hash import PerceptualHash, perceptual_hash
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.statistics import ImageStatistics, image_statistics

# Of a DICOM film.
STORED_AS = "PNG"


@dataclass(frozen=True, slots=True)
class ImageDescription:
    """Of one image: Pillow's name of its format, its perceptual hash (32 bytes), its statistics.

    An input that is no picture has no perceptual hash (no bytes). Of a DICOM film `stored` is what
    is stored in its place, `patient` who it is of, and `identifiers` what in a file's name tells
    that: for a pseudonym and for leaving the name out, never for a record or log.
    """

    kind: str
    near_hash: PerceptualHash
    statistics: ImageStatistics
    patient: str | None = field(default=None, repr=False)
    stored: bytes | None = field(default=None, repr=False)
    identifiers: tuple[str, ...] = field(default=(), repr=False)

    @property
    def extension(self) -> str:
        """What its file's name ends in."""
        return EXTENSIONS.get(self.kind, self.kind.lower())


def describe(content: bytes, limits: Limits, spec: PreprocessingSpec) -> ImageDescription:
    """Decode an image and describe it at the network's size.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge; InvalidUpload for a DICOM film with text
        burnt in.
    """
    read = read_image(content, limits, whole=True)
    image = spec.resize(read.pixels)
    described = ImageDescription(
        kind=sniff(content, max_bytes=limits.max_bytes),
        near_hash=perceptual_hash(image),
        statistics=image_statistics(image),
    )
    if read.dicom is None:
        return described
    stored = deidentified_png(read, limits)
    return replace(
        described,
        kind=STORED_AS,
        patient=read.dicom.patient,
        stored=stored,
        identifiers=read.dicom.identifiers,
    )
