"""`POST /predict` with everything that people send, and the log of answers."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support import images
from tests.support.databases import only_sqlite
from tests.support.full_disk import full_disk
from tests.support.locked_database import locked
from tests.web.response_checks import answer, predict, problem


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return images.encoded(images.image().transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)


class TestPredicting:
    def test_an_image_gets_a_complete_answer(self, shared_client: TestClient) -> None:
        body = answer(predict(shared_client, images.png()))

        assert body["filename"] == "film.png"
        assert body["label"] == max(body["probabilities"], key=body["probabilities"].get)
        assert body["confidence"] == body["probabilities"][body["label"]]
        assert sum(body["probabilities"].values()) == pytest.approx(1)
        assert body["score"] == pytest.approx(1 - body["probabilities"]["Normal"])
        assert body["decision"] in {"negative", "positive"}
        assert body["reasons"]
        assert body["model_version"] == "v1"
        assert set(body["timings"]) == {"decode_ms", "inference_ms", "total_ms"}

    @pytest.mark.parametrize(
        "content",
        [
            images.jpeg(),
            images.encoded(images.image(), "BMP"),
            images.encoded(images.image(), "TIFF"),
            images.encoded(images.image(), "WEBP"),
            images.encoded(images.image().convert("RGB").convert("CMYK"), "JPEG"),
            images.encoded(images.image().convert("P"), "PNG"),
            images.encoded(images.image().convert("RGBA"), "PNG"),
            images.encoded(images.image().convert("LA"), "PNG"),
            images.encoded(images.image().convert("1"), "PNG"),
            images.sixteen_bit_png(),
            images.encoded(Image.fromarray(np.asarray(images.image(), dtype=np.float32)), "TIFF"),
            turned(),
            images.encoded(images.image().resize((2000, 40)), "PNG"),
        ],
        ids=[
            "jpeg", "bmp", "tiff", "webp", "cmyk", "palette", "rgba", "la", "1-bit", "16-bit",
            "float-tiff", "turned", "long",
        ],
    )  # fmt: skip
    def test_every_kind_of_picture_is_answered(
        self, shared_client: TestClient, content: bytes
    ) -> None:
        assert answer(predict(shared_client, content, "odd"))["confidence"] > 0

    def test_a_turned_picture_gets_the_answer_of_the_upright_one(
        self, shared_client: TestClient
    ) -> None:
        upright = answer(predict(shared_client, images.encoded(images.image(), "PNG")))

        assert answer(predict(shared_client, turned()))["probabilities"] == upright["probabilities"]

    def test_the_answer_does_not_depend_on_who_else_asks(self, shared_client: TestClient) -> None:
        contents = [images.png(seed) for seed in range(8)]
        alone = [answer(predict(shared_client, content))["probabilities"] for content in contents]

        with ThreadPoolExecutor(4) as pool:
            together = list(
                pool.map(
                    lambda content: answer(predict(shared_client, content))["probabilities"],
                    contents,
                )
            )

        assert together == alone
        assert alone[0] != alone[1]

    def test_the_file_name_is_data(self, shared_client: TestClient, tmp_path: Path) -> None:
        body = answer(predict(shared_client, images.png(), "../../evil.png"))

        assert body["filename"] == "../../evil.png"
        assert not list(tmp_path.parent.rglob("evil.png"))

    @pytest.mark.parametrize("name", ["röntgen 胸部.png", "<script>.png"])
    def test_any_file_name_is_answered(self, shared_client: TestClient, name: str) -> None:
        assert answer(predict(shared_client, images.png(), name))["filename"] == name

    def test_a_long_file_name_keeps_its_ends(self, shared_client: TestClient) -> None:
        stored = answer(predict(shared_client, images.png(), "a" * 400 + ".png"))["filename"]

        assert len(stored) == 255
        assert stored.startswith("aaa")
        assert stored.endswith("aaa.png")


class TestSource:
    def test_it_is_kept_with_the_answer(self, shared_client: TestClient) -> None:
        sent = shared_client.post(
            "/predict", files={"file": images.png()}, params={"source": "St. Anna, ward 3"}
        )

        body = answer(sent)
        assert body["source"] == "St. Anna, ward 3"
        assert (
            shared_client.get(f"/predictions/{body['id']}").json()["source"] == "St. Anna, ward 3"
        )

    def test_without_one_there_is_none(self, shared_client: TestClient) -> None:
        assert answer(predict(shared_client, images.png()))["source"] is None

    def test_an_endless_name_is_refused(self, shared_client: TestClient) -> None:
        sent = shared_client.post(
            "/predict", files={"file": images.png()}, params={"source": "x" * 101}
        )
        assert sent.status_code == 422


class TestRefusing:
    @pytest.mark.parametrize(
        ("content", "status", "words"),
        [
            (b"", 422, "empty"),
            (b"just text, honestly", 415, "not an image"),
            (images.pdf(), 415, "PDF"),
            (images.dicom(), 415, "DICOM"),
            (images.animation("GIF"), 415, "GIF"),
            (images.animation("PNG"), 422, "several pictures"),
            (images.animation("WEBP"), 422, "several pictures"),
            (images.animation("TIFF"), 422, "several pictures"),
            (images.jpeg()[:2000], 422, "cut short"),
            (images.png()[:2000], 422, "cut short"),
            (images.png_claiming(60_000, 60_000), 413, "pixels"),
            (images.encoded(images.image().resize((8, 8)), "PNG"), 422, "only 8 x 8"),
            (images.jpeg() + bytes(3_000_000), 413, "at most 3 MB"),
        ],
        ids=[
            "empty", "text", "pdf", "dicom", "gif", "apng", "webp", "pages", "cut-jpeg",
            "cut-png", "bomb", "tiny", "large",
        ],
    )  # fmt: skip
    def test_it_says_what_is_wrong(
        self, shared_client: TestClient, content: bytes, status: int, words: str
    ) -> None:
        newest = {"limit": 1}
        before = answer(shared_client.get("/predictions", params=newest))

        problem(predict(shared_client, content, "film.png"), status, words)

        assert answer(shared_client.get("/predictions", params=newest)) == before

    def test_another_field_name_is_refused_by_name(self, shared_client: TestClient) -> None:
        body = problem(shared_client.post("/predict", files={"image": images.png()}), 422, "'file'")

        assert body["errors"][0]["field"] == "file"

    def test_no_body_is_refused(self, shared_client: TestClient) -> None:
        problem(shared_client.post("/predict"), 422, "'file'")

    def test_text_in_the_place_of_the_file_is_refused(self, shared_client: TestClient) -> None:
        problem(shared_client.post("/predict", data={"file": "hello"}), 422, "'file'")

    def test_a_body_that_is_no_multipart_is_refused(self, shared_client: TestClient) -> None:
        response = shared_client.post(
            "/predict", content=b"nonsense", headers={"Content-Type": "multipart/form-data"}
        )

        problem(response, 400)

    def test_fifty_megabytes_are_refused(self, shared_client: TestClient) -> None:
        problem(predict(shared_client, bytes(50_000_000)), 413, "larger than 4 MB")

    def test_fifty_megabytes_in_pieces_of_unknown_number_are_refused(
        self, shared_client: TestClient
    ) -> None:
        def pieces() -> Iterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
            yield from itertools.repeat(bytes(1_000_000), 50)
            yield b"\r\n--b--\r\n"

        response = shared_client.post(
            "/predict",
            content=pieces(),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )

        assert "content-length" not in response.request.headers
        problem(response, 413, "larger than 4 MB")

    def test_a_refusal_is_kept_for_the_one_on_call(self, client: TestClient) -> None:
        refused = problem(predict(client, b"text"), 415)

        (error,) = answer(client.get("/status/activity"))["errors"]

        assert error["request_id"] == refused["request_id"]
        assert (error["status"], error["path"]) == (415, "POST /predict")


class TestTrouble:
    def test_a_locked_database_asks_to_come_back(self, client: TestClient) -> None:
        with locked(client.app.state.services.records.database):  # type: ignore[attr-defined]
            response = predict(client, images.png())

        problem(response, 503, "try again")
        assert int(response.headers["Retry-After"]) > 0
        answer(predict(client, images.png()))

    @only_sqlite
    @pytest.mark.parametrize("size_bytes", [0, 1_500_000], ids=["small", "spooled to disk"])
    def test_a_full_disk_is_told_and_survived(self, client: TestClient, size_bytes: int) -> None:
        with full_disk():
            response = predict(client, images.png() + bytes(size_bytes))

        problem(response, 507, "Free some space")
        answer(predict(client, images.png()))
        assert len(answer(client.get("/predictions"))["predictions"]) == 1


class TestTheLog:
    def test_answers_are_listed_newest_first_and_in_pages(self, client: TestClient) -> None:
        given = [answer(predict(client, images.png(seed))) for seed in range(3)][::-1]

        first = answer(client.get("/predictions", params={"limit": 2}))
        second = answer(
            client.get("/predictions", params={"limit": 2, "before": first["next_before"]})
        )

        assert first["predictions"] + second["predictions"] == given
        assert second["next_before"] is None

    def test_one_answer_is_found_by_its_id(self, shared_client: TestClient) -> None:
        given = answer(predict(shared_client, images.png()))

        assert answer(shared_client.get(f"/predictions/{given['id']}")) == given

    def test_an_unknown_id_is_refused(self, shared_client: TestClient) -> None:
        problem(shared_client.get("/predictions/none"), 404, "No prediction with id 'none'")
        problem(shared_client.get("/predictions", params={"before": "none"}), 404)

    @pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "1e3"])
    def test_a_limit_out_of_range_is_refused(self, shared_client: TestClient, limit: str) -> None:
        problem(shared_client.get("/predictions", params={"limit": limit}), 422, "'limit'")

    def test_a_restart_forgets_nothing(self, client: TestClient, settings: Settings) -> None:
        given = answer(predict(client, images.png()))

        with TestClient(create_app(settings)) as again:
            assert answer(again.get(f"/predictions/{given['id']}")) == given
