"""From the file of an instance to what a result repeats of it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from api.dicom.answers import SourceInstance
from api.dicom.headers import COPIED, source_of
from api.errors import UnreadableImage
from api.inputs.images.dicom.dataset import quietly, read_header

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")


def source_values(content: bytes, *, max_pixels: int) -> dict[str, Any]:
    """The fields of the `SourceInstance` that a DICOM file is, as JSON values; with the patient.

    Raises: UnreadableImage, TooLarge.
    """
    dataset = read_header(content, (*UIDS, *COPIED), max_pixels=max_pixels)
    with quietly():
        try:
            return asdict(source_of(dataset))
        except ValueError:
            raise UnreadableImage(
                "The DICOM file lacks one of its UIDs; no result can refer to it."
            ) from None


def source_from(values: Mapping[str, Any]) -> SourceInstance:
    """The same back from JSON values."""
    return SourceInstance(**values)
