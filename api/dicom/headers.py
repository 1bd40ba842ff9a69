"""Whose image it is and in which study: from a source instance into its results."""

from typing import TYPE_CHECKING, Any

from api.dicom.answers import SourceInstance

if TYPE_CHECKING:
    from pydicom import Dataset

UTF_8 = "ISO_IR 192"
# Of the modules Patient, General Study and Patient Study: what systems file instances by, and what
# a reader compares. One instance that differs in them would split the study in two.
COPIED = (
    "PatientName", "PatientID", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDsSequence", "TypeOfPatientID", "PatientBirthDate", "PatientBirthTime",
    "PatientSex", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "StudyDate", "StudyTime", "StudyID", "StudyDescription",
    "AccessionNumber", "IssuerOfAccessionNumberSequence", "ReferringPhysicianName",
    "ProcedureCodeSequence", "PatientAge", "PatientSize", "PatientWeight",
)  # fmt: skip
# They must be there, and may be empty where they are not known (type 2 in PS3.3).
REQUIRED = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
    "StudyID", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip


def source_of(dataset: "Dataset", *, with_patient: bool = True) -> SourceInstance:
    """The instance that a result refers to.

    Args:
        dataset: at least its four UIDs; pixels are not looked at.
        with_patient: the result repeats the patient and the study, value by value. Else it leaves
            them empty, and whoever stores it beside the instance fills them in.

    Raises: ValueError if one of the UIDs is missing.
    """
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
    study, series, instance, sop_class = (str(dataset.get(each) or "") for each in keywords)
    if not (study and series and instance and sop_class):
        raise ValueError("An instance without its UIDs cannot be referred to.")
    header = _header(dataset) if with_patient else {}
    return SourceInstance(study, series, instance, sop_class, header)


def fill_in(result: "Dataset", source: SourceInstance | None) -> None:
    """Write the patient and the study of the source into a result, empty where they are unknown."""
    from pydicom import Dataset

    result.SpecificCharacterSet = UTF_8
    for keyword in REQUIRED:
        setattr(result, keyword, None)
    if source and source.header:
        result.update(Dataset.from_json(dict(source.header)))


def _header(dataset: "Dataset") -> dict[str, Any]:
    from pydicom import Dataset

    copied = Dataset()
    for keyword in COPIED:
        if keyword in dataset:
            copied[keyword] = dataset[keyword]
    # A value that cannot be represented is as if it were absent.
    header: dict[str, Any] = copied.to_json_dict(suppress_invalid_tags=True)
    return header
