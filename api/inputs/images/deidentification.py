"""What may be stored of a film: of a DICOM only what it shows, without one of its tags.

A PNG of the decoded picture gives the same scores as the DICOM file. Nothing else of it stays, so
there is nothing whose removal could be forgotten (DICOM PS3.15 E.1: all attributes are removed).
"""

import numpy as np
from PIL import Image

from api.errors import InvalidUpload
from api.inputs.images.decoding import DecodedImage, GreyImage, Limits, read_image
from api.inputs.images.formats import is_dicom
from api.inputs.images.thumbnails import as_png

BURNED_IN = (
    "By its DICOM tags text is burnt into the picture (BurnedInAnnotation), which may name the "
    "patient, so it is not stored; blacken the text, and set the tag to NO."
)


def deidentified(content: bytes, limits: Limits) -> bytes:
    """A DICOM film's picture as PNG; any other file as it is.

    Raises: UnsupportedFormat, UnreadableImage, TooLarge; InvalidUpload where text may be burnt in.
    """
    if not is_dicom(content):
        return content
    return deidentified_png(read_image(content, limits, whole=True), limits)


def deidentified_png(image: DecodedImage, limits: Limits) -> bytes:
    """The picture of a DICOM film as PNG, at most as large as a file may be: one that is larger
    than that is halved. Raises: InvalidUpload where text may be burnt in."""
    if image.dicom is not None and image.dicom.is_burned_in:
        raise InvalidUpload(BURNED_IN)
    pixels = image.pixels
    while len(png := as_png(pixels)) > limits.max_bytes and min(pixels.shape) > limits.min_side_px:
        pixels = _halved(pixels)
    return png


def _halved(pixels: GreyImage) -> GreyImage:
    return np.asarray(Image.fromarray(pixels).reduce(2))
