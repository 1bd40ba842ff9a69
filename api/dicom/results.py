"""An answer as DICOM: a structured report, and a secondary capture of what the network looked at.

Both are of the study of the image and in a series of their own. Their UIDs and times come from the
prediction, so that an answer which is sent again is the same instance. highdicom is loaded when
the first one is built: 21 MB, and 34 MB with pydicom. Who should do without builds them with
`api.dicom.apart`.
"""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from api.arrays import ByteArray
from api.dicom.answers import NOTICE, OWN_SCHEME, ResultOfImage, SourceInstance, Term
from api.dicom.headers import fill_in
from api.dicom.report_content import NAME, coded, measurement_report, sentences
from api.inputs.images.dicom.packages import pydicom
from api.version import VERSION

if TYPE_CHECKING:
    from pydicom import Dataset

EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
# Of series that programs add to a study; those of devices have low numbers.
REPORT_SERIES, CAPTURE_SERIES = 9001, 9002
# How an instance without a patient is de-identified (CID 7050).
BASIC_PROFILE = Term("DCM", "113100", "Basic Application Confidentiality Profile")
RETAIN_UIDS = Term("DCM", "113110", "Retain UIDs Option")


def structured_report(answer: ResultOfImage, source: SourceInstance | None) -> "Dataset":
    """A Comprehensive 3D SR with the template TID 1500 (PS3.16): preliminary and not verified.

    Args:
        source: the instance that it refers to and whose study it joins; None: the image was no
            DICOM, so the report makes a study of its own, about a patient who is not known.

    Returns: with its file meta information, ready to be written or sent.
    """
    with _silently():
        from highdicom.sr import Comprehensive3DSR

        report = Comprehensive3DSR(
            evidence=[_evidence(answer, source)],
            content=measurement_report(answer, source),
            series_number=REPORT_SERIES,
            instance_number=1,
            is_complete=True,
            transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN,
            **_series(answer, "report", source),
        )
        report.CodingSchemeIdentificationSequence = [_own_codes()]
        if source is None:
            # There is no instance that it could refer to.
            del report.CurrentRequestedProcedureEvidenceSequence
        return _finished(report, answer, source)


def secondary_capture(
    answer: ResultOfImage, picture: ByteArray, source: SourceInstance | None
) -> "Dataset":
    """A Secondary Capture of a picture, derived from the source.

    Args:
        picture: (height, width, 3) uint8, red, green, blue.
        source: see `structured_report`.

    Returns: with its file meta information, ready to be written or sent.
    """
    with _silently():
        from highdicom.sc import SCImage

        capture = SCImage(
            pixel_array=picture,
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            patient_orientation=("L", "F"),
            study_instance_uid=_study_uid(answer, source),
            series_number=CAPTURE_SERIES,
            instance_number=1,
            transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN,
            **_series(answer, "capture", source),
        )
        # Nobody says how the film lies, and of which side it is.
        for keyword in ("PatientOrientation", "Laterality"):
            setattr(capture, keyword, None)
        capture.DerivationDescription = f"Class activation map over the image. {NOTICE}"
        capture.ImageComments = sentences(answer)[:10240]
        _date(capture, answer, "DateOfSecondaryCapture", "TimeOfSecondaryCapture")
        if source:
            capture.SourceImageSequence = [_reference(source)]
        return _finished(capture, answer, source)


def encoded(instance: "Dataset") -> bytes:
    """As a file of PS3.10."""
    with io.BytesIO() as file, _silently():
        instance.save_as(file, enforce_file_format=True)
        return file.getvalue()


@contextmanager
def _silently() -> Iterator[None]:
    """Both libraries quote values, which may be somebody's name, in what they warn of and log."""
    # First, so that it is loaded without what it does without.
    pydicom()
    logging.getLogger("highdicom").setLevel(logging.CRITICAL + 1)
    with catch_warnings():
        simplefilter("ignore")
        yield


def _series(answer: ResultOfImage, purpose: str, source: SourceInstance | None) -> dict[str, Any]:
    day, time = _moment(answer)
    return {
        "series_instance_uid": answer.instance_uid(f"{purpose} series", source),
        "sop_instance_uid": answer.instance_uid(purpose, source),
        "series_description": f"{NAME} {purpose}: {NOTICE}",
        "series_date": day,
        "series_time": time,
        "content_date": day,
        "content_time": time,
        "manufacturer": NAME,
        "manufacturer_model_name": NAME,
        "software_versions": (VERSION, answer.model_version),
        "device_serial_number": answer.weights_sha256 or None,
    }


def _finished(
    instance: "Dataset", answer: ResultOfImage, source: SourceInstance | None
) -> "Dataset":
    _date(instance, answer, "InstanceCreationDate", "InstanceCreationTime")
    instance.TimezoneOffsetFromUTC = "+0000"
    for library in instance.get("ContributingEquipmentSequence", ()):
        # highdicom names itself, with the moment at which it ran.
        library.ContributionDateTime = "".join(_moment(answer))
    fill_in(instance, source)
    if not (source and source.header):
        _mark_deidentified(instance, source)
    return instance


def _mark_deidentified(instance: "Dataset", source: SourceInstance | None) -> None:
    """Nothing of a patient or study is in it but, with a source, its UIDs (PS3.15 E.1, E.3)."""
    instance.PatientIdentityRemoved = "YES"
    instance.DeidentificationMethod = f"{NAME}: made without patient and study attributes"
    instance.DeidentificationMethodCodeSequence = [
        coded(each) for each in (BASIC_PROFILE, *((RETAIN_UIDS,) if source else ()))
    ]


def _moment(answer: ResultOfImage) -> tuple[str, str]:
    moment = answer.created_at.astimezone(UTC)
    return moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f")


def _date(instance: "Dataset", answer: ResultOfImage, *keywords: str) -> None:
    for keyword, value in zip(keywords, _moment(answer), strict=True):
        setattr(instance, keyword, value)


def _study_uid(answer: ResultOfImage, source: SourceInstance | None) -> str:
    return source.study_uid if source else answer.uid("study")


def _evidence(answer: ResultOfImage, source: SourceInstance | None) -> "Dataset":
    """What highdicom takes the study from; nothing of a patient, see `headers.fill_in`."""
    from pydicom import Dataset

    evidence = Dataset()
    evidence.StudyInstanceUID = _study_uid(answer, source)
    evidence.SeriesInstanceUID = source.series_uid if source else answer.uid("no series")
    evidence.SOPInstanceUID = source.instance_uid if source else answer.uid("no instance")
    evidence.SOPClassUID = source.sop_class_uid if source else SECONDARY_CAPTURE
    fill_in(evidence, None)
    return evidence


def _own_codes() -> "Dataset":
    from pydicom import Dataset

    scheme = Dataset()
    scheme.CodingSchemeDesignator = OWN_SCHEME
    scheme.CodingSchemeName = f"{NAME}: classes and decisions"
    return scheme


def _reference(source: SourceInstance) -> "Dataset":
    from pydicom import Dataset

    reference = Dataset()
    reference.ReferencedSOPClassUID = source.sop_class_uid
    reference.ReferencedSOPInstanceUID = source.instance_uid
    purpose = Term("DCM", "121322", "Source image for image processing operation")
    reference.PurposeOfReferenceCodeSequence = [coded(purpose)]
    return reference
