"""`POST /predict` with everything that people send, and the log of answers."""

import contextlib
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.main import create_app
from api.model_card.card import read_card, write_card
from api.model_card.decision_rules import Band, ReferRule
from api.registry.store import card_path
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.full_disk import full_disk
from tests.support.locked_database import locked
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, predict, problem


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[TestClient]:
    """A server of other settings."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return images.encoded(images.image().transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)


class TestPredicting:
    def test_an_image_gets_a_complete_answer(self, client: TestClient) -> None:
        body = answer(predict(client, images.png()))

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
    def test_every_kind_of_picture_is_answered(self, client: TestClient, content: bytes) -> None:
        assert answer(predict(client, content, "odd"))["confidence"] > 0

    def test_a_turned_picture_gets_the_answer_of_the_upright_one(self, client: TestClient) -> None:
        upright = answer(predict(client, images.encoded(images.image(), "PNG")))

        assert answer(predict(client, turned()))["probabilities"] == upright["probabilities"]

    def test_the_answer_does_not_depend_on_who_else_asks(self, client: TestClient) -> None:
        contents = [images.png(seed) for seed in range(8)]
        alone = [answer(predict(client, content))["probabilities"] for content in contents]

        with ThreadPoolExecutor(4) as pool:
            together = list(
                pool.map(
                    lambda content: answer(predict(client, content))["probabilities"], contents
                )
            )

        assert together == alone
        assert alone[0] != alone[1]

    def test_the_file_name_is_data(self, client: TestClient, tmp_path: Path) -> None:
        body = answer(predict(client, images.png(), "../../evil.png"))

        assert body["filename"] == "../../evil.png"
        assert not list(tmp_path.parent.rglob("evil.png"))

    @pytest.mark.parametrize("name", ["röntgen 胸部.png", "<script>.png"])
    def test_any_file_name_is_answered(self, client: TestClient, name: str) -> None:
        assert answer(predict(client, images.png(), name))["filename"] == name

    def test_a_long_file_name_keeps_its_ends(self, client: TestClient) -> None:
        stored = answer(predict(client, images.png(), "a" * 400 + ".png"))["filename"]

        assert len(stored) == 255
        assert stored.startswith("aaa")
        assert stored.endswith("aaa.png")


class TestReferring:
    def test_an_image_like_those_it_learned_from_is_answered(self, client: TestClient) -> None:
        body = answer(predict(client, images.png()))

        assert body["decision"] in {"negative", "positive"}
        assert body["causes"] == []
        assert 0 < body["unlikeness"] < 1

    @pytest.mark.parametrize(
        ("picture", "words"),
        [
            (images.image().point(lambda level: 100 + level // 8), "nearly constant"),
            (images.image(size_px=64), "only 64 x 64 pixels"),
            (images.image().resize((800, 150)), "5.3 times as long as wide"),
            (images.image().convert("1"), "cannot be seen any more"),
        ],
        ids=["constant", "small", "long", "1-bit"],
    )
    def test_a_poor_picture_is_left_to_a_person(
        self, client: TestClient, picture: Image.Image, words: str
    ) -> None:
        body = answer(predict(client, images.encoded(picture, "PNG")))

        assert body["decision"] == "refer"
        assert "poor_quality" in body["causes"]
        assert any(words in reason for reason in body["reasons"])

    def test_what_is_no_image_is_left_to_a_person(self, client: TestClient) -> None:
        body = answer(predict(client, images.noise()))

        assert (body["decision"], body["causes"]) == ("refer", ["unlike"])
        assert body["unlikeness"] > 1
        assert "unlike the chest films" in body["reasons"][0]

    @pytest.mark.parametrize(
        ("max_error", "causes"), [(None, ["uncertain"]), (0.1, []), (0.07, ["uncertain"])]
    )
    def test_the_settings_bound_of_error_says_which_scores_are_referred(
        self, settings: Settings, max_error: float | None, causes: list[str]
    ) -> None:
        path = card_path(settings.default_model)
        everything = Band(max_error=0.05, low=0.0, high=1.0)
        nothing = Band(max_error=0.1, low=1.0, high=0.0)
        rule = ReferRule(chosen_on="validation", n=40, max_error=0.05, bands=(everything, nothing))
        write_card(path, read_card(path).model_copy(update={"refer": rule}))

        with running(settings.model_copy(update={"max_error": max_error})) as client:
            body = answer(predict(client, images.png()))

        assert body["causes"] == causes
        assert (body["decision"] == "refer") == bool(causes)


class TestOperatingPoints:
    @pytest.mark.parametrize(
        ("name", "decision"), [("screening", "positive"), ("confirm", "negative")]
    )
    def test_another_cut_decides_otherwise(
        self, client: TestClient, tiny: TinyCheckpoint, name: str, decision: str
    ) -> None:
        """The tiny checkpoint's cuts take all or nothing."""
        response = client.post(
            "/predict", files={"file": images.png()}, params={"operating_point": name}
        )

        body = answer(response)
        assert (body["operating_point"], body["decision"]) == (name, decision)
        assert body["threshold"] == pytest.approx(tiny.card.operating_points[name].threshold)
        assert f"({name} operating point)" in body["reasons"][-1]

    def test_an_unknown_one_is_refused_with_those_there_are(self, client: TestClient) -> None:
        response = client.post(
            "/predict", files={"file": images.png()}, params={"operating_point": "brave"}
        )

        problem(response, 422, "no operating point 'brave'", "balanced, confirm, screening")
        assert answer(client.get("/predictions"))["predictions"] == []

    def test_a_name_that_is_no_name_is_refused(self, client: TestClient) -> None:
        response = client.post(
            "/predict", files={"file": images.png()}, params={"operating_point": "x" * 41}
        )

        problem(response, 422, "'operating_point'")

    def test_the_settings_say_which_one_decides(self, settings: Settings) -> None:
        chosen = settings.model_copy(update={"operating_point": "confirm", "prevalence": 0.2})

        with running(chosen) as client:
            usual = answer(predict(client, images.png()))
            asked = answer(
                client.post(
                    "/predict",
                    files={"file": images.png()},
                    params={"operating_point": "screening", "prevalence": 0.6},
                )
            )

        assert (usual["operating_point"], usual["prevalence"]) == ("confirm", 0.2)
        assert (asked["operating_point"], asked["prevalence"]) == ("screening", 0.6)


class TestSource:
    def test_it_is_kept_with_the_answer(self, client: TestClient) -> None:
        sent = client.post(
            "/predict", files={"file": images.png()}, params={"source": "St. Anna, ward 3"}
        )

        body = answer(sent)
        assert body["source"] == "St. Anna, ward 3"
        assert client.get(f"/predictions/{body['id']}").json()["source"] == "St. Anna, ward 3"

    def test_without_one_there_is_none(self, client: TestClient) -> None:
        assert answer(predict(client, images.png()))["source"] is None

    def test_an_endless_name_is_refused(self, client: TestClient) -> None:
        sent = client.post("/predict", files={"file": images.png()}, params={"source": "x" * 101})
        assert sent.status_code == 422


class TestPrevalence:
    def test_it_changes_what_answers_mean_and_not_which_images_are_positive(
        self, client: TestClient, tiny: TinyCheckpoint
    ) -> None:
        usual = answer(predict(client, images.png()))

        rare, common = (
            answer(
                client.post("/predict", files={"file": images.png()}, params={"prevalence": share})
            )
            for share in (0.02, 0.98)
        )

        assert usual["prevalence"] == tiny.card.prevalence
        assert rare["probabilities"]["Normal"] > usual["probabilities"]["Normal"]
        assert rare["score"] < usual["score"] < common["score"]
        assert rare["ppv"] < usual["ppv"] < common["ppv"]
        assert rare["npv"] > usual["npv"] > common["npv"]
        assert rare["decision"] == usual["decision"] == common["decision"]

    def test_what_is_no_share_is_refused(self, client: TestClient) -> None:
        for share in ("0", "1", "-0.5", "1.5", "nan", "inf", "often"):
            response = client.post(
                "/predict", files={"file": images.png()}, params={"prevalence": share}
            )

            problem(response, 422, "'prevalence'")


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
        self, client: TestClient, content: bytes, status: int, words: str
    ) -> None:
        problem(predict(client, content, "film.png"), status, words)

        assert answer(client.get("/predictions"))["predictions"] == []

    def test_another_field_name_is_refused_by_name(self, client: TestClient) -> None:
        body = problem(client.post("/predict", files={"image": images.png()}), 422, "'file'")

        assert body["errors"][0]["field"] == "file"

    def test_no_body_is_refused(self, client: TestClient) -> None:
        problem(client.post("/predict"), 422, "'file'")

    def test_text_in_the_place_of_the_file_is_refused(self, client: TestClient) -> None:
        problem(client.post("/predict", data={"file": "hello"}), 422, "'file'")

    def test_a_body_that_is_no_multipart_is_refused(self, client: TestClient) -> None:
        response = client.post(
            "/predict", content=b"nonsense", headers={"Content-Type": "multipart/form-data"}
        )

        problem(response, 400)

    def test_fifty_megabytes_are_refused(self, client: TestClient) -> None:
        problem(predict(client, bytes(50_000_000)), 413, "larger than 4 MB")

    def test_fifty_megabytes_in_pieces_of_unknown_number_are_refused(
        self, client: TestClient
    ) -> None:
        def pieces() -> Iterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
            yield from itertools.repeat(bytes(1_000_000), 50)
            yield b"\r\n--b--\r\n"

        response = client.post(
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

    def test_one_answer_is_found_by_its_id(self, client: TestClient) -> None:
        given = answer(predict(client, images.png()))

        assert answer(client.get(f"/predictions/{given['id']}")) == given

    def test_an_unknown_id_is_refused(self, client: TestClient) -> None:
        problem(client.get("/predictions/none"), 404, "No prediction with id 'none'")
        problem(client.get("/predictions", params={"before": "none"}), 404)

    @pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "1e3"])
    def test_a_limit_out_of_range_is_refused(self, client: TestClient, limit: str) -> None:
        problem(client.get("/predictions", params={"limit": limit}), 422, "'limit'")

    def test_a_restart_forgets_nothing(self, client: TestClient, settings: Settings) -> None:
        given = answer(predict(client, images.png()))

        with TestClient(create_app(settings)) as again:
            assert answer(again.get(f"/predictions/{given['id']}")) == given
