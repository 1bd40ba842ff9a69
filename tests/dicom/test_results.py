"""Answers as DICOM, read again by programs that know nothing of this one."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from pydicom import Dataset, uid

from api.dicom.answers import NOTICE, ResultOfImage, SourceInstance
from api.dicom.fhir import bundle
from api.dicom.headers import source_of
from api.dicom.of_prediction import ANY_FINDING, result_of, term_of
from api.dicom.report_content import LABEL, OPEN, sentences
from api.dicom.results import encoded, secondary_capture, structured_report
from api.records.answers.predictions import PredictionRecord
from api.tasks.task_files import load_task
from tests.support import dicom_images as images
from tests.support.dicom_standard import faults_of
from tests.support.dicom_tools import dsrdump, errors_of

SHA256 = "ab" * 32
RECORD = PredictionRecord(
    id="0123456789abcdef0123456789abcdef",
    created_at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    filename="film.dcm",
    image_sha256="cd" * 32,
    model_version="v1",
    label="Normal",
    confidence=0.6,
    probabilities={
        "COVID-19": 0.05,
        "Normal": 0.6,
        "Pneumonia-Bacterial": 0.1,
        "Pneumonia-Viral": 0.25,
    },
    score=0.4,
    decision="positive",
    reasons=("The score of 0.40 is above the threshold – 0.30.",),
    timings={"total_ms": 1.0},
    operating_point="balanced",
    threshold=0.3,
)
PICTURE = np.full((120, 90, 3), 77, dtype=np.uint8)


def answer(**changes: object) -> ResultOfImage:
    return result_of(
        replace(RECORD, **changes),  # type: ignore[arg-type]
        load_task("pneumonia"),
        weights_sha256=SHA256,
    )


def source(*, with_patient: bool = True) -> SourceInstance:
    return source_of(images.dataset(images.values()), with_patient=with_patient)


def read_again(instance: Dataset) -> Dataset:
    return pydicom.dcmread(io.BytesIO(encoded(instance)))


class TestAReport:
    def test_says_to_another_reader_what_was_answered_by_which_weights(self) -> None:
        printed = dsrdump(encoded(structured_report(answer(), source())))

        assert '"Finding")=(75570004,SCT,"Viral pneumonia")' in printed
        assert '"Certainty of Finding")="25' in printed
        assert '"Probability of any finding")="0.4"' in printed
        assert '"Most probable class")=(17621005,SCT,"Normal")' in printed
        assert f'"Algorithm Parameters")="weights SHA-256={SHA256}"' in printed
        assert '"Algorithm Version")="v1"' in printed
        assert "Preliminary Flag    : PRELIMINARY" in printed

    @pytest.mark.parametrize("decision", ["negative", "positive", "refer", "accept"])
    def test_is_an_instance_without_errors(self, decision: str) -> None:
        report = structured_report(answer(decision=decision, causes=("unlike",)), source())

        assert errors_of(encoded(report)) == []

    def test_is_of_the_same_study_and_patient_and_in_a_series_of_its_own(self) -> None:
        report = read_again(structured_report(answer(), source()))

        assert report.StudyInstanceUID == images.STUDY
        assert report.SeriesInstanceUID != images.SERIES
        assert (report.PatientName, report.PatientID) == (images.NAME, images.PATIENT_ID)
        assert report.AccessionNumber == images.ACCESSION

    def test_refers_to_the_instance_in_its_content_and_its_evidence(self) -> None:
        report = read_again(structured_report(answer(), source()))

        series = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
        assert series.SeriesInstanceUID == images.SERIES
        assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == images.INSTANCE
        assert series.ReferencedSOPSequence[0].ReferencedSOPClassUID == images.DX
        group = report.ContentSequence[-1].ContentSequence[0]
        [image] = [item for item in group.ContentSequence if item.ValueType == "IMAGE"]
        assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == images.INSTANCE

    def test_is_opened_by_highdicom(self) -> None:
        content = encoded(structured_report(answer(), source()))

        read: Any = srread(io.BytesIO(content)).content

        (group,) = read.get_image_measurement_groups()
        assert group.finding_type.meaning == "Viral pneumonia"
        values = {each.name.meaning: each.value for each in group.get_measurements()}
        assert values["Certainty of Finding"] == 25
        assert values["Probability of any finding"] == 0.4
        (image,) = group.source_images
        assert image.referenced_sop_instance_uid == images.INSTANCE

    def test_of_uids_alone_leaves_the_patient_empty(self) -> None:
        report = structured_report(answer(), source(with_patient=False))

        assert errors_of(encoded(report)) == []
        assert report.StudyInstanceUID == images.STUDY
        assert not report.PatientName
        assert not report.PatientID

    def test_of_no_dicom_is_a_study_of_its_own(self) -> None:
        report = structured_report(answer(), None)

        assert errors_of(encoded(report)) == []
        assert report.StudyInstanceUID.startswith("2.25.")
        assert "CurrentRequestedProcedureEvidenceSequence" not in report

    def test_sent_again_is_the_same_file(self) -> None:
        first, second = (encoded(structured_report(answer(), source())) for _ in range(2))

        assert first == second

    def test_each_of_its_forms_is_an_instance_of_its_own(self) -> None:
        """With the patient, with the UIDs alone, of no study."""
        forms = (source(), source(with_patient=False), None)

        for build in (structured_report, partial(secondary_capture, picture=PICTURE)):
            built = [build(answer(), source=form) for form in forms]
            again = [encoded(build(answer(), source=form)) for form in forms]
            assert len({each.SOPInstanceUID for each in built}) == 3
            assert len({each.SeriesInstanceUID for each in built}) == 3
            assert [encoded(each) for each in built] == again

    def test_of_another_answer_is_another_instance(self) -> None:
        first = structured_report(answer(), source())
        second = structured_report(answer(id="1" * 32), source())

        assert first.SOPInstanceUID != second.SOPInstanceUID
        assert first.SeriesInstanceUID != second.SeriesInstanceUID

    def test_of_a_referred_answer_names_no_finding(self) -> None:
        printed = dsrdump(encoded(structured_report(answer(decision="refer"), source())))

        assert '"Finding")=(82334004,SCT,"Indeterminate")' in printed
        assert "Certainty of Finding" not in printed

    def test_keeps_the_patients_name_in_any_alphabet(self) -> None:
        named = images.dataset(images.values(), SpecificCharacterSet="ISO_IR 100")
        named.PatientName = "Müller^Jürgen"

        report = read_again(structured_report(answer(), source_of(named)))

        assert report.PatientName == "Müller^Jürgen"

    def test_writes_no_name_to_the_log(
        self, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
    ) -> None:
        caplog.set_level(0)
        # A name that highdicom warns of, and quotes.
        named = images.dataset(images.values(), PatientName="Zzyzx", StudyDate="2020.13.99")

        encoded(structured_report(answer(), source_of(named)))

        shown = caplog.text + " ".join(str(each.message) for each in recwarn.list)
        assert [word for word in images.PLANTED if word in shown] == []

    def test_has_all_that_the_standards_tables_ask_for_and_nothing_else(self) -> None:
        of_a_film = structured_report(answer(), source())
        of_none = structured_report(answer(decision="refer", causes=("unlike",)), None)

        assert faults_of(encoded(of_a_film)) == faults_of(encoded(of_none)) == []

    def test_one_with_faults_is_found_out(self) -> None:
        report = structured_report(answer(), source())
        del report.CompletionFlag
        report.PhotometricInterpretation = "MONOCHROME2"
        group = report.ContentSequence[-1].ContentSequence[0]
        del group.ContentSequence[0].RelationshipType

        faults = faults_of(encoded(report))

        assert [fault.rpartition(" ")[2] for fault in faults] == [
            "TagMissing",
            "TagMissing",
            "TagUnexpected",
        ]


@pytest.mark.parametrize(
    ("of", "codes"),
    [(source(with_patient=False), ["113100", "113110"]), (None, ["113100"]), (source(), None)],
    ids=["UIDs alone", "no study", "with patient"],
)
class TestDeidentification:
    def test_is_said_where_no_patient_is_named(
        self, of: SourceInstance | None, codes: list[str] | None
    ) -> None:
        built = (structured_report(answer(), of), secondary_capture(answer(), PICTURE, of))

        for instance in map(read_again, built):
            methods = instance.get("DeidentificationMethodCodeSequence")
            assert (methods and [code.CodeValue for code in methods]) == codes
            removed = instance.get("PatientIdentityRemoved")
            assert (removed, "DeidentificationMethod" in instance) == (
                ("YES", True) if codes else (None, False)
            )
            assert errors_of(encoded(instance)) == faults_of(encoded(instance)) == []


class TestACapture:
    def test_is_the_picture_and_an_instance_without_errors(self) -> None:
        content = encoded(secondary_capture(answer(), PICTURE, source()))

        assert errors_of(content) == []
        assert faults_of(content) == []
        capture = pydicom.dcmread(io.BytesIO(content))
        assert capture.SOPClassUID == uid.SecondaryCaptureImageStorage
        np.testing.assert_array_equal(capture.pixel_array, PICTURE)

    def test_is_of_the_study_of_the_image_it_was_made_of(self) -> None:
        capture = read_again(secondary_capture(answer(), PICTURE, source()))

        assert capture.StudyInstanceUID == images.STUDY
        assert capture.SourceImageSequence[0].ReferencedSOPInstanceUID == images.INSTANCE
        assert capture.PatientID == images.PATIENT_ID
        assert NOTICE in capture.ImageComments

    def test_of_no_dicom_shares_the_study_of_its_report(self) -> None:
        capture = secondary_capture(answer(), PICTURE, None)

        assert errors_of(encoded(capture)) == faults_of(encoded(capture)) == []
        assert capture.StudyInstanceUID == structured_report(answer(), None).StudyInstanceUID

    def test_sent_again_is_the_same_file(self) -> None:
        first, second = (encoded(secondary_capture(answer(), PICTURE, source())) for _ in range(2))

        assert first == second


class TestUncertainKind:
    """A positive answer that leaves several kinds open names none of them."""

    UNCERTAIN = replace(RECORD, possible_labels=("Pneumonia-Viral", "COVID-19"))

    def test_the_finding_is_any(self) -> None:
        answer = result_of(self.UNCERTAIN, load_task("pneumonia"))

        assert answer.finding == ANY_FINDING
        assert answer.finding_probability == RECORD.score
        assert "A finding, kind uncertain: " in sentences(answer)
        assert "Most probable" not in sentences(answer)

    def test_report_and_bundle_name_each_kind_as_left_open(self) -> None:
        answer = result_of(self.UNCERTAIN, load_task("pneumonia"))

        observation = next(
            entry["resource"]
            for entry in bundle(answer, None)["entry"]
            if entry["resource"]["resourceType"] == "Observation"
        )
        named = [part["code"]["coding"][0]["code"] for part in observation["component"]]
        assert named.count(OPEN.value) == 2
        assert LABEL.value not in named
        assert observation["valueCodeableConcept"]["coding"][0]["code"] == ANY_FINDING.value

    def test_one_that_is_left_open_is_the_finding_though_another_is_more_probable(self) -> None:
        answer = result_of(replace(RECORD, possible_labels=("COVID-19",)), load_task("pneumonia"))

        assert answer.finding == term_of("COVID-19", load_task("pneumonia"))
        assert answer.finding_probability == 0.05

    def test_its_report_is_an_instance_without_errors_to_other_programs(self) -> None:
        found = result_of(self.UNCERTAIN, load_task("pneumonia"), weights_sha256=SHA256)

        content = encoded(structured_report(found, source()))

        assert errors_of(content) == faults_of(content) == []
        printed = dsrdump(content)
        assert '"Finding")=(404684003,SCT,"Clinical finding")' in printed
        assert printed.count('"Class left open")') == 2
