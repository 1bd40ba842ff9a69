"""Films as DICOM files, written with pydicom in the transfer syntaxes that somebody can encode."""

import io
from typing import Any

import gdcm
import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import Dataset, FileMetaDataset, uid
from pydicom.encaps import encapsulate

from tests.support import images

Values = npt.NDArray[Any]

DX = uid.DigitalXRayImageStorageForPresentation
# Of nobody: what must never be found again in logs, records or names of files.
NAME, PATIENT_ID, ACCESSION = "Zzyzx^Quillon", "PID-7741-QUILL", "ACC-90215-Z"
STUDY, SERIES, INSTANCE = "1.2.3.77412987.1", "1.2.3.77412987.2", "1.2.3.77412987.3"
PLANTED = ("Zzyzx", "Quillon", "QUILLON", "ZZYZX", PATIENT_ID, ACCESSION, "1.2.3.77412987")
DEFAULT_TAGS: dict[str, Any] = {
    "Modality": "DX",
    "SOPClassUID": DX,
    "SOPInstanceUID": INSTANCE,
    "StudyInstanceUID": STUDY,
    "SeriesInstanceUID": SERIES,
    "PatientName": NAME,
    "PatientID": PATIENT_ID,
    "PatientBirthDate": "19520304",
    "StudyDate": "20200102",
    "AccessionNumber": ACCESSION,
    "ReferringPhysicianName": "Quillon^Referrer",
    "Manufacturer": "ACME X-Ray",
    "BodyPartExamined": "CHEST",
    "ViewPosition": "PA",
}
ENCODED: dict[uid.UID, dict[str, Any]] = {
    uid.RLELossless: {},
    uid.JPEGLSLossless: {},
    uid.JPEG2000Lossless: {},
    uid.JPEG2000: {"j2k_cr": [3]},
    uid.JPEGLSNearLossless: {"jls_error": 2},
}


def values(*, bits: int = 12, seed: int = 1, size_px: int = 128) -> Values:
    """What a film stores: the generated film, in so many bits, (h, w) uint8 or uint16."""
    grey = np.asarray(images.image(seed=seed, size_px=size_px), dtype=np.float64)
    dtype = np.uint8 if bits <= 8 else np.uint16
    return np.asarray(np.round(grey * ((2**bits - 1) / 255)).astype(dtype))


def dataset(stored: Values, *, bits: Any = None, **tags: Any) -> Dataset:
    """The data set of a film, uncompressed, explicit little endian. A tag that is None is absent.

    Args:
        stored: (h, w) or (h, w, 3).
        bits: bits stored; default: 8, or 12 of 16.
    """
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    stored_bits = bits or (8 if stored.dtype.itemsize == 1 else 12)
    is_colour = stored.ndim == 3
    pixels: dict[str, Any] = {
        "Rows": stored.shape[0],
        "Columns": stored.shape[1],
        "SamplesPerPixel": 3 if is_colour else 1,
        "PhotometricInterpretation": "RGB" if is_colour else "MONOCHROME2",
        "BitsAllocated": stored.dtype.itemsize * 8,
        "BitsStored": stored_bits,
        "HighBit": stored_bits - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
    }
    if is_colour:
        pixels["PlanarConfiguration"] = 0
    for keyword, value in (DEFAULT_TAGS | pixels | tags).items():
        if value is not None:
            setattr(made, keyword, value)
    if "PixelData" not in tags:
        made.PixelData = stored.astype(stored.dtype.newbyteorder("<")).tobytes()
        made["PixelData"].VR = "OW" if stored.dtype.itemsize == 2 else "OB"
    return made


def dicom_image(
    stored: Values | None = None,
    *,
    syntax: Any = uid.ExplicitVRLittleEndian,
    bits: Any = None,
    **tags: Any,
) -> bytes:
    """The bytes of a DICOM file; its pixels are compressed as the transfer syntax says."""
    pixels = values() if stored is None else stored
    made = dataset(pixels, bits=bits, **tags)
    if syntax in ENCODED:
        made.compress(syntax, generate_instance_uid=False, **ENCODED[uid.UID(syntax)])
    elif syntax == uid.JPEGBaseline8Bit:
        _replace_pixels(made, images.encoded(Image.fromarray(pixels), "JPEG", quality=95), syntax)
    elif syntax == uid.ExplicitVRBigEndian and "PixelData" not in tags:
        made.PixelData = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    return written(made, syntax)


def png(stored: Values) -> bytes:
    """The same film as a PNG."""
    return images.encoded(Image.fromarray(stored), "PNG")


def written(made: Dataset, syntax: str) -> bytes:
    """The bytes of a data set, with preamble and meta information."""
    made.file_meta.TransferSyntaxUID = uid.UID(syntax)
    buffer = io.BytesIO()
    made.save_as(
        buffer,
        enforce_file_format=True,
        implicit_vr=syntax == uid.ImplicitVRLittleEndian,
        little_endian=syntax != uid.ExplicitVRBigEndian,
    )
    return buffer.getvalue()


def bare(stored: Values | None = None, *, implicit: bool = True, **tags: Any) -> bytes:
    """A data set alone: no preamble, no meta information."""
    made = dataset(values() if stored is None else stored, **tags)
    del made.file_meta
    buffer = io.BytesIO()
    made.save_as(buffer, implicit_vr=implicit, little_endian=True)
    return buffer.getvalue()


def with_codestream(codestream: bytes, syntax: str, stored: Values, **tags: Any) -> bytes:
    """A file whose frame is this codestream, whatever it is."""
    made = dataset(stored, **tags)
    _replace_pixels(made, codestream, syntax)
    return written(made, syntax)


def by_gdcm(stored: Values, syntax: Any, folder: Any, **tags: Any) -> bytes:
    """Compressed by GDCM, for what pydicom does not encode: `gdcm.TransferSyntax.JPEG…`."""
    plain, packed = folder / "plain.dcm", folder / "packed.dcm"
    plain.write_bytes(dicom_image(stored, **tags))
    reader = gdcm.ImageReader()
    reader.SetFileName(str(plain))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(packed))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return bytes(packed.read_bytes())


def _replace_pixels(made: Dataset, codestream: bytes, syntax: str) -> None:
    made.file_meta.TransferSyntaxUID = uid.UID(syntax)
    made.PixelData = encapsulate([codestream])
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
