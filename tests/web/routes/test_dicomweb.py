"""STOW-RS in: instances are answered as films are, and the answer is the standard's."""

import json
from typing import Any

import httpx2 as httpx
import pytest
from pydicom import Dataset
from starlette.testclient import TestClient

from tests.support import dicom_images
from tests.support.dicom_images import dicom_image
from tests.web.response_checks import answer, predict, problem

STUDIES = "/dicom-web/studies"
RELATED = 'multipart/related; type="application/dicom"; boundary=x'
JSON = {"Accept": "application/json"}
IMAGE = dicom_image(dicom_images.values(bits=8, size_px=256))
CT = dicom_image(dicom_images.values(bits=8), Modality="CT", SOPInstanceUID="1.2.3.4.5")


def body(*files: bytes, media_type: str = "application/dicom") -> bytes:
    head = f"--x\r\nContent-Type: {media_type}\r\n\r\n".encode()
    return b"".join(head + file + b"\r\n" for file in files) + b"--x--\r\n"


def store(client: TestClient, *files: bytes, path: str = STUDIES, **headers: str) -> httpx.Response:
    return client.post(path, content=body(*files), headers={"Content-Type": RELATED, **headers})


def module(response: httpx.Response, status: int) -> Dataset:
    """The answer, as pydicom reads it."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/dicom+json"
    return Dataset.from_json(response.text)


def of_failures(items: Any) -> list[tuple[str, int]]:
    return [(item.ReferencedSOPInstanceUID, item.FailureReason) for item in items]


class TestStoring:
    def test_each_instance_is_answered_as_its_image_is(self, shared_client: TestClient) -> None:
        other = dicom_image(dicom_images.values(bits=8, seed=2), SOPInstanceUID="1.2.3.9")

        stored = module(store(shared_client, IMAGE, other), 200)

        items = stored.ReferencedSOPSequence
        uids = [(item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID) for item in items]
        assert uids == [(dicom_images.DX, dicom_images.INSTANCE), (dicom_images.DX, "1.2.3.9")]
        assert "FailedSOPSequence" not in stored
        block = items[0].private_block(0x0099, "ROENTGEN")
        kept = answer(shared_client.get(block[0x01].value))
        image_alone = answer(predict(shared_client, IMAGE))
        assert kept["probabilities"] == pytest.approx(image_alone["probabilities"], abs=1e-6)
        assert block[0x02].value == kept["decision"].upper()
        assert kept["filename"] == "instance 1"

    def test_plain_json_has_the_whole_answers(self, shared_client: TestClient) -> None:
        found = answer(store(shared_client, IMAGE, CT, **JSON), 202)

        first, second = found["results"]
        assert (found["answered"], found["refused"]) == (1, 1)
        assert first["sop_instance_uid"] == dicom_images.INSTANCE
        assert first["prediction"]["label"]
        assert "a CT image" in second["problem"]["detail"]

    def test_a_study_may_be_named(self, shared_client: TestClient) -> None:
        path = f"{STUDIES}/{dicom_images.STUDY}"
        foreign = dicom_image(
            dicom_images.values(bits=8), StudyInstanceUID="1.9", SOPInstanceUID="1.8"
        )

        stored = module(store(shared_client, IMAGE, foreign, path=path), 202)

        assert len(stored.ReferencedSOPSequence) == 1
        assert of_failures(stored.FailedSOPSequence) == [("1.8", 0xA901)]

    def test_a_task_has_the_same_path(self, shared_client: TestClient) -> None:
        module(store(shared_client, IMAGE, path=f"/tasks/pneumonia{STUDIES}"), 200)

    def test_a_reader_of_leading_and_trailing_text_takes_any_client(
        self, shared_client: TestClient
    ) -> None:
        # As dicomweb-client writes it.
        content = b"\r\n--x\r\nContent-Type: application/dicom\r\n\r\n" + IMAGE + b"\r\n--x--"

        sent = shared_client.post(STUDIES, content=content, headers={"Content-Type": RELATED})

        assert len(module(sent, 200).ReferencedSOPSequence) == 1


class TestRefusing:
    def test_none_of_them_is_a_conflict_with_reasons(self, shared_client: TestClient) -> None:
        own = dicom_image(
            dicom_images.values(bits=8), Manufacturer="Roentgen", SOPInstanceUID="1.7"
        )

        refused = module(store(shared_client, CT, own, b"no dicom"), 409)

        assert of_failures(refused.FailedSOPSequence) == [("1.2.3.4.5", 0x0122), ("1.7", 0x0122)]
        assert [item.FailureReason for item in refused.OtherFailuresSequence] == [0x0122]
        assert "ReferencedSOPSequence" not in refused

    def test_one_that_is_too_large(self, shared_client: TestClient) -> None:
        refused = module(store(shared_client, IMAGE + bytes(3_000_000)), 409)

        assert [item.FailureReason for item in refused.OtherFailuresSequence] == [0xA700]

    @pytest.mark.parametrize(
        ("kind", "content", "status", "words"),
        [
            ("multipart/form-data; boundary=x", body(IMAGE), 415, "multipart/related"),
            ('multipart/related; type="application/dicom"', body(IMAGE), 415, "application/dicom"),
            (
                'multipart/related; type="application/dicom+xml"; boundary=x',
                body(IMAGE),
                415,
                'type="application/dicom"',
            ),
            (RELATED, body(b"{}", media_type="application/json"), 415, "A part of the body"),
            (RELATED, body(IMAGE)[:-20], 400, "ends before"),
            (RELATED, b"--x--\r\n", 422, "no instances"),
            (RELATED, b"", 400, "ends before"),
            (RELATED, b"hello", 400, "multipart/related"),
        ],
    )
    def test_a_body_that_is_none(
        self, shared_client: TestClient, kind: str, content: bytes, status: int, words: str
    ) -> None:
        sent = shared_client.post(STUDIES, content=content, headers={"Content-Type": kind})

        problem(sent, status, words)

    def test_a_form_of_answer_that_there_is_not(self, shared_client: TestClient) -> None:
        sent = store(shared_client, IMAGE, Accept="application/dicom+xml")

        problem(sent, 406, "application/dicom+json")

    def test_a_study_that_is_no_uid(self, shared_client: TestClient) -> None:
        problem(store(shared_client, IMAGE, path=f"{STUDIES}/a_b"), 422, "study")

    def test_an_operating_point_that_there_is_not(self, shared_client: TestClient) -> None:
        sent = store(shared_client, IMAGE, path=f"{STUDIES}?operating_point=none")

        problem(sent, 422, "operating point")

    def test_its_own_names_are_in_no_answer_about_it(self, shared_client: TestClient) -> None:
        store(shared_client, IMAGE, CT)

        shown_anywhere = (
            shared_client.get("/predictions").text + shared_client.get("/status/activity").text
        )
        assert json.loads(shared_client.get("/predictions").text)["predictions"]
        assert not [word for word in dicom_images.PLANTED if word in shown_anywhere]
