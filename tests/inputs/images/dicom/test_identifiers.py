"""Whether a file's name tells whose DICOM film it is."""

import pytest

from api.inputs.images.dicom.identifiers import identifiers_of, tells_whose
from api.inputs.images.dicom.tags import Tags
from tests.support import dicom_images

TAGS = {
    "PatientName": "Müller-Li^Hans Q",
    "OtherPatientIDs": ["B-7", "K 3199"],
    "PatientID": "P-12",
    "StudyInstanceUID": "1.2.40.7",
}


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("MULLER_thorax.dcm", True),
        ("xmu\u0308llerx.dcm", True),
        ("hans.dcm", True),
        ("1.2.40.7/IM1", True),
        ("1_2_40_7_pa.dcm", True),
        ("thorax p12.dcm", True),
        ("thorax p-12.dcm", True),
        ("k3199.dcm", True),
        ("B_7.dcm", True),
        ("li.dcm", True),
        ("lionel.dcm", False),
        ("thorax pa 12.dcm", False),
        ("xp12.dcm", False),
        ("IM0001", False),
        ("", False),
    ],
)
def test_a_name_tells_it_however_it_is_written(name: str, tells: bool) -> None:
    found = identifiers_of(Tags(dicom_images.dataset(dicom_images.values(bits=8), **TAGS)))

    assert tells_whose(name, found) == tells


def test_without_tags_no_name_tells_anything() -> None:
    blank = dict.fromkeys(
        ("PatientName", "PatientID", "AccessionNumber", "PatientBirthDate", "StudyInstanceUID",
         "SeriesInstanceUID", "SOPInstanceUID")
    )  # fmt: skip
    tags = Tags(dicom_images.dataset(dicom_images.values(bits=8), **blank))

    assert identifiers_of(tags) == ()
    assert not tells_whose("Müller Hans.dcm", ())
