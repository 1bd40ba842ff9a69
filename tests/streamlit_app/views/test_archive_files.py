"""Files for other systems, beside an answer."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import Answer, FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, texts

TAGS = {
    "study_instance_uid": "1.2.3",
    "series_instance_uid": "1.2.4",
    "sop_instance_uid": "1.2.5",
    "view": "PA",
    "patient_age_band": "60-69",
    "manufacturer": "ACME *X-Ray*",
}


def opened(**changes: object) -> AppTest:
    """The files of one answer, as a page of their own."""
    script = (
        "from components.answers import archive_files\n"
        f"archive_files.show({answers.prediction(**changes)!r}, key='k')"
    )
    return AppTest.from_string(script, default_timeout=TIMEOUT_S).run()


class TestFiles:
    @pytest.mark.parametrize("name", ["report.dcm", "secondary.dcm"])
    def test_are_made_when_they_are_asked_for_and_then_saved(self, api: FakeApi, name: str) -> None:
        path = f"/predictions/{answers.prediction()['id']}/{name}"
        api.answers["GET", path] = Answer(200, "application/dicom", b"DICM")
        page = opened()
        assert not api.calls("GET", path)

        page.button(key=f"{name}-k").click().run()

        assert not page.exception
        (asked,) = api.calls("GET", path)
        assert asked.headers["Accept"] == "application/dicom"
        assert page.get("download_button")[0].proto.label == f"Save {name}"

    @pytest.mark.usefixtures("api")
    def test_it_is_said_when_they_are_apart_from_the_study_of_the_image(self) -> None:
        assert "are a study of their own, apart from the film's" in texts(opened())

    def test_a_bundle_is_the_answer_in_another_form(self, api: FakeApi) -> None:
        page = opened()

        page.button(key="bundle.json-k").click().run()

        (asked,) = api.calls("GET", f"/predictions/{answers.prediction()['id']}")
        assert asked.headers["Accept"] == "application/fhir+json"

    def test_what_cannot_be_made_says_why(self, api: FakeApi) -> None:
        path = f"/predictions/{answers.prediction()['id']}/secondary.dcm"
        api.refuse("GET", path, "The film was not kept.", status=404)
        page = opened()

        page.button(key="secondary.dcm-k").click().run()

        assert page.error[0].value == "The film was not kept."
        assert [code.value for code in page.code] == ["r15"]
        assert not page.get("download_button")


class TestTags:
    @pytest.mark.usefixtures("api")
    def test_of_a_dicom_image_stand_beside_its_answer(self) -> None:
        shown = texts(opened(dicom=TAGS))

        assert "DICOM film · View: PA · Age: 60-69 · Made by: ACME" in shown
        assert "1.2.3" not in shown

    @pytest.mark.usefixtures("api")
    def test_of_other_images_do_not(self) -> None:
        assert "DICOM film" not in texts(opened())
