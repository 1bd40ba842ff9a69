"""From the bytes of a DICOM file to its tags, without decoding a pixel."""

import io
import logging
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

from api.errors import AppError, TooLarge, UnreadableImage
from api.inputs.images.dicom.identifiers import IDENTIFYING
from api.inputs.images.dicom.packages import pydicom
from api.inputs.images.dicom.tags import Tags

logger = logging.getLogger(__name__)

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
DEFLATED, BIG_ENDIAN = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
# What a deflated data set may hold beside two bytes a pixel.
MAX_TAGS_BYTES = 16_000_000
INFLATE_STEP = 1 << 20
UNDEFINED = 0xFFFFFFFF

DAMAGED = "The DICOM file is damaged or cut short; export the film again."

# All that is read: no text that somebody typed but the series' description; names and numbers of a
# patient for `facts.DicomFacts.patient` and to know them in names of files (`identifiers`).
KEYWORDS = (
    "SOPClassUID", "Modality", "PresentationIntentType", "NumberOfFrames", "PixelData",
    "FloatPixelData", "DoubleFloatPixelData",
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept",
    "VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth",
    "WindowCenterWidthExplanation", "PresentationLUTSequence", "PresentationLUTShape",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
    "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "Manufacturer", "PatientID",
    "IssuerOfPatientID", "PatientAge", "PatientBirthDate", "StudyDate", "BurnedInAnnotation",
    "BodyPartExamined", "AnatomicRegionSequence", "ViewPosition", "ViewCodeSequence",
    "PatientOrientation", "SeriesDescription", *IDENTIFYING,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DicomFile:
    """The tags of a file, the UIDs of what it is, and its pixels as they are stored.

    `pixel_data` is None where there are none; `is_encapsulated`: in fragments, mostly compressed.
    """

    tags: Tags
    sop_class: str
    transfer_syntax: str
    pixel_data: bytes | None
    is_encapsulated: bool
    # OB or OW: whether bytes go in pairs.
    pixel_vr: str = "OW"

    @property
    def is_big_endian(self) -> bool:
        return self.tags.order == "big"


def read_file(content: bytes, *, max_pixels: int) -> DicomFile:
    """The tags that decide what a film is and what its pixels mean.

    Raises: UnreadableImage, TooLarge for a deflated file that unpacks to more than a film.
    """
    with quietly():
        dataset, meta = _dataset(content, max_pixels, KEYWORDS)
        syntax = _uid(meta, "TransferSyntaxUID")
        raw = dataset.get_item("PixelData") if "PixelData" in dataset else None
        data = bytes(raw.value) if raw is not None and isinstance(raw.value, bytes) else None
        implicit, little = dataset.original_encoding
        tags = Tags(dataset, "little" if little else "big")
        return DicomFile(
            tags=tags,
            sop_class=tags.text("SOPClassUID") or _uid(meta, "MediaStorageSOPClassUID"),
            transfer_syntax=syntax
            or (IMPLICIT if implicit else EXPLICIT if little else BIG_ENDIAN),
            pixel_data=data,
            is_encapsulated=raw is not None
            and data is not None
            and (raw.length == UNDEFINED or data.startswith(b"\xfe\xff\x00\xe0")),
            pixel_vr="OB" if raw is not None and raw.VR == "OB" else "OW",
        )


def read_header(content: bytes, keywords: Sequence[str], *, max_pixels: int) -> Any:
    """pydicom's data set of these elements alone; whoever uses it does so within `quietly`.

    Raises: UnreadableImage, TooLarge.
    """
    with quietly():
        dataset, _ = _dataset(content, max_pixels, keywords)
    return dataset


@contextmanager
def quietly() -> Iterator[None]:
    """Around everything that pydicom does: no warnings, and one sentence for all it may raise.

    The texts of its errors quote values of the file, so none of them goes on.

    Raises: UnreadableImage, TooLarge.
    """
    pydicom()
    try:
        with catch_warnings():
            simplefilter("ignore")
            yield
    except MemoryError:
        raise TooLarge("There is not enough memory to decode the picture.") from None
    except AppError:
        raise
    except Exception as exc:  # noqa: BLE001 (pydicom's errors have no base of their own)
        # Their texts and tracebacks quote the file, so only the class is logged.
        logger.info("dicom not read error=%s", type(exc).__name__)
        raise UnreadableImage(DAMAGED) from None


def _uid(meta: Any, keyword: str) -> str:
    return str(meta.get(keyword) or "").strip(" \0")


def _dataset(content: bytes, max_pixels: int, keywords: Sequence[str]) -> tuple[Any, Any]:
    """The data set, and the meta information before it, which may be empty."""
    library = pydicom()
    reader = library.filereader
    stream = io.BytesIO(content)
    reader.read_preamble(stream, True)
    meta = reader._read_file_meta_info(stream)
    read_tags = [library.tag.Tag(keyword) for keyword in ("SpecificCharacterSet", *keywords)]
    if _uid(meta, "TransferSyntaxUID") == DEFLATED:
        # pydicom would unpack all there is, whatever it unpacks to.
        data = _inflated(content[stream.tell() :], max_bytes=2 * max_pixels + MAX_TAGS_BYTES)
        dataset = reader.read_dataset(io.BytesIO(data), False, True, specific_tags=read_tags)
        dataset.set_original_encoding(False, True)
        return dataset, {"TransferSyntaxUID": EXPLICIT}
    stream.seek(0)
    return library.dcmread(stream, force=True, specific_tags=read_tags), meta


def _inflated(data: bytes, *, max_bytes: int) -> bytes:
    """Raises: TooLarge, zlib.error."""
    unpacker, parts, size = zlib.decompressobj(-zlib.MAX_WBITS), list[bytes](), 0
    for at in range(0, len(data), INFLATE_STEP):
        pending = data[at : at + INFLATE_STEP]
        while pending and not unpacker.eof:
            parts.append(unpacker.decompress(pending, INFLATE_STEP))
            pending, size = unpacker.unconsumed_tail, size + len(parts[-1])
            if size > max_bytes:
                raise TooLarge(
                    f"The deflated DICOM file unpacks to more than {max_bytes / 1e6:.0f} MB; "
                    "export the film in another transfer syntax or at a smaller size."
                )
    return b"".join(parts)
