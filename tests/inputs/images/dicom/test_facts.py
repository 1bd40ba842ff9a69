"""What the tags say of a film, and whether that fits a task."""

from typing import Any

import pytest

from api.inputs.images.decoding import Limits, read_image
from api.inputs.images.dicom.expectations import tag_issues
from api.inputs.images.dicom.facts import DicomFacts
from api.tasks.task import DicomExpectations
from api.tasks.task_files import dicom_expectations_of
from tests.support import dicom_images
from tests.support.dicom_images import PLANTED, dicom_image

VALUES = dicom_images.values(bits=8, size_px=64)
FRONTAL = DicomExpectations(body_parts=("CHEST",), frontal_only=True)


def facts(**tags: Any) -> DicomFacts:
    found = read_image(dicom_image(VALUES, **tags), Limits()).dicom
    assert found is not None
    return found


class TestFacts:
    @pytest.mark.parametrize(
        ("tags", "band"),
        [
            ({"PatientAge": "034Y"}, "30-39"),
            ({"PatientAge": "007M"}, "0-9"),
            ({"PatientAge": "091Y"}, "90+"),
            ({"PatientAge": "104Y"}, "90+"),
            ({"PatientAge": "999Y"}, None),
            ({"PatientAge": "old"}, "60-69"),
            ({"PatientAge": None}, "60-69"),
            ({"PatientBirthDate": "20300101"}, None),
            ({"PatientBirthDate": "19521399"}, None),
            ({"PatientBirthDate": None}, None),
        ],
    )
    def test_an_age_becomes_a_band(self, tags: dict[str, Any], band: str | None) -> None:
        assert facts(**tags).age_band == band

    def test_what_is_shown_is_what_the_setting_allows(self) -> None:
        found = facts()

        uids, everything = found.shown("uids"), found.shown("all")
        assert found.shown("none") is None
        assert uids is not None
        assert everything is not None
        assert uids.keys() == everything.keys()
        assert uids["sop_instance_uid"] == dicom_images.INSTANCE
        assert (uids["manufacturer"], everything["manufacturer"]) == (None, "ACME X-Ray")

    def test_a_uid_that_is_none_is_not_shown(self) -> None:
        assert facts(StudyInstanceUID="Quillon").study_uid is None

    def test_printed_they_tell_nobody(self) -> None:
        printed = repr(facts(BodyPartExamined="ZZYZX"))

        assert not [word for word in PLANTED if word in printed]

    def test_a_patient_is_told_from_the_same_number_elsewhere(self) -> None:
        here, there = facts(IssuerOfPatientID="A"), facts(IssuerOfPatientID="B")

        assert here.patient != there.patient
        assert facts(PatientID="").patient is None


class TestExpectations:
    @pytest.mark.parametrize("view", ["LL", "RL", "LLO", "RLD", "LATERAL"])
    def test_views_from_the_side_are_named(self, view: str) -> None:
        (issue,) = tag_issues(facts(ViewPosition=view), FRONTAL)

        assert f"({view})" in issue

    @pytest.mark.parametrize("view", ["AP", "PA", "Zzyzx", None])
    def test_frontal_and_unknown_views_are_not(self, view: str | None) -> None:
        assert tag_issues(facts(ViewPosition=view), FRONTAL) == ()

    def test_a_task_that_expects_nothing_has_no_issue(self) -> None:
        found = facts(ViewPosition="LL", BodyPartExamined="KNEE")

        assert tag_issues(found, DicomExpectations()) == ()
        assert tag_issues(found, dicom_expectations_of("no such task")) == ()
        assert len(tag_issues(found, dicom_expectations_of("pneumonia"))) == 2
        assert len(tag_issues(found, dicom_expectations_of("mammography"))) == 1
