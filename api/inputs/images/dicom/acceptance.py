"""Which DICOM objects are films that are read, and the sentence for each that is not."""

from api.errors import UnreadableImage, UnsupportedFormat
from api.inputs.images.dicom.dataset import DicomFile

_BY_NAME = {
    "a CT image": "CT", "an MR image": "MR", "an ultrasound image": "US CD DD",
    "a nuclear medicine image": "NM", "a PET image": "PT", "a SPECT image": "ST",
    "an angiogram": "XA", "a fluoroscopic image": "RF VF", "an echocardiogram": "EC",
    "a bone densitometry image": "BMD", "a biomagnetic image": "BI", "a diaphanogram": "DG",
    "a dermoscopic image": "DMS", "an ECG": "ECG", "an electrophysiology record": "EPS",
    "an endoscopic image": "ES", "a microscopic image": "GM SM CFM", "a hard copy": "HC",
    "a haemodynamic record": "HD", "an intravascular image": "IVOCT IVUS",
    "an eye image": "OCT OP OPM OPT OPV KER LEN OAM SRF AR IOL VA BDUS OPTBSV OPTENF",
    "a surface scan": "LS OSS M3D", "a photograph": "XC", "a thermogram": "TG",
    "a list of fiducials": "FID", "a key object selection": "KO", "a presentation state": "PR",
    "a structured report": "SR", "a document": "DOC", "a plan": "PLAN", "a volume": "PX3D",
    "a registration": "REG", "a respiratory record": "RESP", "a sound record": "AU",
    "a segmentation": "SEG", "a stereometric relationship": "SMR", "a record": "POS ASMT ANN",
    "an object of radiotherapy": "RTDOSE RTIMAGE RTPLAN RTRECORD RTSTRUCT RTINTENT RTRAD RTSEGANN",
}  # fmt: skip
# PS3.3 C.7.3.1.1.1, and terms that were retired. A term that is not among them is read: devices
# write terms of their own (XR, DR), and a picture of something else is found by its pixels.
OTHER_MODALITIES = {term: name for name, terms in _BY_NAME.items() for term in terms.split()}

STORAGE = "1.2.840.10008.5.1.4.1.1."
# Detectors' raw images: DX, MG, IO.
FOR_PROCESSING = tuple(STORAGE + end for end in ("1.1.1", "1.2.1", "1.3.1"))
# By the beginning of their UID, the longest first.
OTHER_CLASSES = {
    STORAGE + "104.1": "a PDF document in a DICOM file",
    STORAGE + "104": "a document in a DICOM file",
    STORAGE + "88.59": "a key object selection",
    STORAGE + "88": "a structured report",
    STORAGE + "11": "a presentation state",
    STORAGE + "2": "a CT image",
    STORAGE + "4": "an MR image",
    STORAGE + "3": "an ultrasound image",
    STORAGE + "6": "an ultrasound image",
    STORAGE + "20": "a nuclear medicine image",
    STORAGE + "128": "a PET image",
    STORAGE + "130": "a PET image",
    STORAGE + "12": "an angiogram or a fluoroscopic image",
    STORAGE + "13": "a volume (tomosynthesis or cone beam)",
    STORAGE + "66": "a segmentation or a registration",
    STORAGE + "77": "a photograph or a microscopic image",
    STORAGE + "481": "an object of radiotherapy",
    STORAGE + "9": "a waveform",
    "1.2.840.10008.1.3.10": "a directory of DICOM files (DICOMDIR)",
}
PROCESSING = "FOR PROCESSING"

REMEDY = "send a projection radiograph (CR, DX, RG, MG, PX, IO, or a secondary capture of one)"


def check_object(file: DicomFile) -> None:
    """Refuse what is no film by its tags. The values of tags are never quoted, but for terms that
    the standard defines: they may hold what somebody typed.

    Raises: UnsupportedFormat, UnreadableImage.
    """
    if name := _other_object(file):
        raise UnsupportedFormat(f"This is {name}, which is not read here; {REMEDY}.")
    if _is_for_processing(file):
        raise UnsupportedFormat(
            "This is the raw image of a detector (for processing), which nobody reads; send the "
            "image for presentation of the same exposure."
        )
    if (frames := file.tags.whole("NumberOfFrames")) is not None and frames > 1:
        raise UnreadableImage(f"The DICOM file holds {frames} frames; send one film a file.")
    if file.tags.has("FloatPixelData") or file.tags.has("DoubleFloatPixelData"):
        raise UnsupportedFormat(
            f"The DICOM file holds pixels of floating-point numbers, which are not read; {REMEDY}."
        )
    if not file.pixel_data:
        raise UnreadableImage("The DICOM file holds no pixels; send the film itself.")


def _other_object(file: DicomFile) -> str | None:
    """What it is, with its article, if it is no radiograph."""
    for root in sorted(OTHER_CLASSES, key=len, reverse=True):
        if file.sop_class == root or file.sop_class.startswith(root + "."):
            return OTHER_CLASSES[root]
    return OTHER_MODALITIES.get(file.tags.word("Modality"))


def _is_for_processing(file: DicomFile) -> bool:
    stated = file.tags.word("PresentationIntentType")
    return file.sop_class in FOR_PROCESSING or stated == PROCESSING
