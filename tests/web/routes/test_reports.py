"""Answers for other systems: structured reports, secondary captures, FHIR bundles."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pydicom
import pytest
from fhir.resources.R4B.bundle import Bundle
from starlette.testclient import TestClient

from api.settings import Settings
from api.storage.places import places
from tests.conftest import ready_client, settings_below
from tests.support import dicom_images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.dicom_tools import dsrdump, errors_of
from tests.support.stores import retained_at
from tests.web.response_checks import Documented, answer, predict, problem

FHIR = {"Accept": "application/fhir+json"}
IMAGE = dicom_images.dicom_image(dicom_images.values(bits=8, size_px=256))
PNG = dicom_images.values(bits=8, seed=3, size_px=256)


@pytest.fixture(scope="module")
def own_settings(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A server that keeps every film, and where it came from."""
    folder = tmp_path_factory.mktemp("reports")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    options = {"keep_images": "all", "dicom_links": True}
    return settings_below(folder, tiny).model_copy(update=options)


@pytest.fixture(scope="module")
def served(own_settings: Settings, documented: Documented) -> Iterator[TestClient]:
    with ready_client(own_settings, documented) as client:
        yield client


@pytest.fixture(scope="module")
def of_dicom(served: TestClient) -> dict[str, Any]:
    body: dict[str, Any] = answer(predict(served, IMAGE, "film.dcm"))
    return body


@pytest.fixture(scope="module")
def of_png(served: TestClient) -> dict[str, Any]:
    body: dict[str, Any] = answer(predict(served, dicom_images.png(PNG)))
    return body


def file_of(served: TestClient, prediction: dict[str, Any], name: str) -> bytes:
    sent = served.get(f"/predictions/{prediction['id']}/{name}.dcm")
    assert sent.status_code == 200, sent.text
    assert sent.headers["content-type"] == "application/dicom"
    assert sent.headers["content-disposition"].endswith(f'-{name}.dcm"')
    return bytes(sent.content)


class TestAReport:
    def test_joins_the_study_of_the_image_and_names_the_weights(
        self, served: TestClient, of_dicom: dict[str, Any], tiny: TinyCheckpoint
    ) -> None:
        content = file_of(served, of_dicom, "report")

        assert errors_of(content) == []
        report = pydicom.dcmread(io.BytesIO(content))
        assert report.StudyInstanceUID == dicom_images.STUDY
        assert report.SeriesInstanceUID != dicom_images.SERIES
        assert not report.PatientID
        assert f"weights SHA-256={tiny.card.weights_sha256}" in dsrdump(content)
        # Asked for again, and below its task, it is the same instance.
        again = served.get(f"/tasks/pneumonia/predictions/{of_dicom['id']}/report.dcm")
        assert again.content == content

    def test_of_an_unknown_answer_is_not_found(self, served: TestClient) -> None:
        problem(served.get("/predictions/none/report.dcm"), 404, "No prediction with id 'none'")


class TestACapture:
    def test_shows_the_image_below_a_band_with_its_heat_map(
        self, served: TestClient, of_png: dict[str, Any]
    ) -> None:
        content = file_of(served, of_png, "secondary")

        assert errors_of(content) == []
        capture = pydicom.dcmread(io.BytesIO(content))
        image = capture.pixel_array[-256:]
        assert capture.Rows > 256
        assert image.shape == (256, 256, 3)
        is_grey = (image == image[..., :1]).all(axis=-1)
        assert 0 < is_grey.sum() < is_grey.size
        np.testing.assert_allclose(image[..., 0][is_grey], PNG[is_grey], atol=8)

    def test_of_an_image_that_is_not_kept_any_more_is_not_found(
        self, served: TestClient, own_settings: Settings
    ) -> None:
        before = retained_at(own_settings).keys()
        prediction = answer(predict(served, dicom_images.png(dicom_images.values(bits=8, seed=4))))
        (kept,) = retained_at(own_settings).keys() - before
        places(own_settings, "pneumonia").retained.delete(kept)

        path = f"/predictions/{prediction['id']}/secondary.dcm"
        problem(served.get(path), 404, "ROENTGEN_KEEP_IMAGES")


class TestFhir:
    def test_is_a_valid_bundle_of_a_preliminary_report(
        self, served: TestClient, of_dicom: dict[str, Any]
    ) -> None:
        sent = served.get(f"/predictions/{of_dicom['id']}", headers=FHIR)

        assert sent.headers["content-type"] == "application/fhir+json; fhirVersion=4.0"
        body = answer(sent)
        Bundle.model_validate(body)
        report, observation, device, study = (each["resource"] for each in body["entry"])
        assert report["status"] == observation["status"] == "preliminary"
        assert study["identifier"][0]["value"] == f"urn:oid:{dicom_images.STUDY}"
        assert study["series"][0]["instance"][0]["uid"] == dicom_images.INSTANCE
        assert report["result"][0]["reference"] == body["entry"][1]["fullUrl"]
        score = observation["component"][2]["valueQuantity"]["value"]
        assert score == pytest.approx(of_dicom["score"], abs=1e-5)
        assert device["version"][0]["value"] == of_dicom["model_version"]

    def test_of_no_dicom_has_a_study_without_instances(
        self, served: TestClient, of_png: dict[str, Any]
    ) -> None:
        body = answer(served.get(f"/predictions/{of_png['id']}", headers=FHIR))

        Bundle.model_validate(body)
        assert "series" not in body["entry"][3]["resource"]

    @pytest.mark.parametrize(
        "accept", ["*/*", "application/json, application/fhir+json;q=0.5", "text/html"]
    )
    def test_is_not_sent_to_who_does_not_prefer_it(
        self, served: TestClient, of_png: dict[str, Any], accept: str
    ) -> None:
        body = answer(served.get(f"/predictions/{of_png['id']}", headers={"Accept": accept}))

        assert body["id"] == of_png["id"]


class TestTheLink:
    def test_is_never_shown_in_the_answer(
        self, served: TestClient, of_dicom: dict[str, Any]
    ) -> None:
        shown = served.get(f"/predictions/{of_dicom['id']}").text + served.get("/predictions").text

        assert dicom_images.STUDY not in shown

    def test_goes_with_the_answer(self, served: TestClient) -> None:
        prediction = answer(predict(served, IMAGE, "film.dcm"))

        assert served.delete(f"/predictions/{prediction['id']}").status_code == 204

        problem(served.get(f"/predictions/{prediction['id']}/report.dcm"), 404, "No prediction")

    def test_by_default_nothing_is_stored_and_the_report_has_its_own_study(
        self, shared_client: TestClient
    ) -> None:
        prediction = answer(predict(shared_client, IMAGE, "film.dcm"))

        body = answer(shared_client.get(f"/predictions/{prediction['id']}", headers=FHIR))

        assert dicom_images.STUDY not in str(body)
