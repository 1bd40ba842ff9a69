"""What is written down of an image that becomes a sample."""

from dataclasses import dataclass

from api.inputs.images.decoding import Limits, decode
from api.inputs.images.formats import EXTENSIONS, sniff
from api.inputs.images.perceptual_hash import PerceptualHash, perceptual_hash
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.statistics import ImageStatistics, image_statistics


@dataclass(frozen=True, slots=True)
class ImageDescription:
    """Of one image: Pillow's name of its format, its perceptual hash (32 bytes), its statistics.

    An input that is no picture has no perceptual hash (no bytes).
    """

    kind: str
    near_hash: PerceptualHash
    statistics: ImageStatistics

    @property
    def extension(self) -> str:
        """What its file's name ends in."""
        return EXTENSIONS.get(self.kind, self.kind.lower())


def describe(content: bytes, limits: Limits, spec: PreprocessingSpec) -> ImageDescription:
    """Decode an image and describe it at the network's size.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge.
    """
    image = spec.resize(decode(content, limits))
    return ImageDescription(
        kind=sniff(content, max_bytes=limits.max_bytes),
        near_hash=perceptual_hash(image),
        statistics=image_statistics(image),
    )
