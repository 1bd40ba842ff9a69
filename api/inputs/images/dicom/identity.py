"""Which instance a DICOM file is: the UIDs that other systems know it by."""

from dataclasses import asdict, dataclass, field

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.dicom.dataset import quietly, read_file
from api.inputs.images.dicom.facts import UID
from api.inputs.images.formats import is_dicom

# Who made an object, as our own ones say it.
OWN_MANUFACTURER = "Roentgen"


@dataclass(frozen=True, slots=True)
class DicomIdentity:
    """Of one instance; never for a record or log, so nothing of it is printed."""

    sop_class: str = field(repr=False)
    instance: str = field(repr=False)
    study: str = field(repr=False)
    is_own: bool = False

    def values(self) -> dict[str, str | bool]:
        """As JSON values."""
        return asdict(self)


def identity_of(content: bytes, *, max_pixels: int) -> DicomIdentity:
    """Read a file's identifying tags; no pixel is decoded.

    Raises: UnsupportedFormat if it is no DICOM file, UnreadableImage if it is damaged or lacks one
        of its UIDs, TooLarge.
    """
    if not is_dicom(content):
        raise UnsupportedFormat("This is no DICOM file; send other formats to POST /predict.")
    file = read_file(content, max_pixels=max_pixels)
    with quietly():
        tags = file.tags
        found = DicomIdentity(
            sop_class=file.sop_class,
            instance=tags.text("SOPInstanceUID"),
            study=tags.text("StudyInstanceUID"),
            is_own=tags.text("Manufacturer") == OWN_MANUFACTURER,
        )
    if not all(map(UID.fullmatch, (found.sop_class, found.instance, found.study))):
        raise UnreadableImage(
            "The DICOM file lacks the UID of its SOP class, its instance or its study, or one of "
            "them is malformed; send it to POST /predict, which needs none."
        )
    return found
