"""What has been collected: its summary, other classes, names and pictures."""

import io

import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.inputs.images.synthetic import synthetic_image
from api.records.statistics import sample_sums
from api.records.training_images import sample_tables
from api.settings import Settings
from api.storage.places import places
from tests.support import images
from tests.web.response_checks import answer, problem
from tests.web.routes.sample_uploads import outcomes, stored_files, upload


class TestTheSummary:
    def test_it_starts_empty_and_says_what_is_needed(self, client: TestClient) -> None:
        body = answer(client.get("/samples/summary"))

        assert (body["total"], body["ready"]) == (0, False)
        assert (body["min_classes"], body["min_images"]) == (2, 12)
        assert [figures["count"] for figures in body["classes"]] == [0, 0, 0, 0]

    def test_it_describes_what_was_uploaded(self, client: TestClient) -> None:
        upload(client, *(images.png(seed) for seed in range(6)))
        upload(client, *(images.png(seed) for seed in range(6, 12)), label="covid")

        body = answer(client.get("/samples/summary"))

        covid = body["classes"][0]
        assert (body["total"], body["ready"]) == (12, True)
        assert (covid["label"], covid["count"], len(covid["examples"])) == ("COVID-19", 6, 6)
        assert 0 < covid["brightness"] < 255
        assert sum(covid["histogram"]) == pytest.approx(1, abs=0.001)


class TestOtherClasses:
    def test_images_of_a_class_that_the_task_has_no_more_are_listed_and_counted(
        self, client: TestClient
    ) -> None:
        upload(client, images.png(1))
        (file,) = answer(upload(client, images.png(2)))["files"]
        database = client.app.state.services.records.database  # type: ignore[attr-defined]
        with database.begin() as connection:
            # As a retraining left them that drew no part for what it did not know.
            connection.execute(
                sample_tables.samples.update()
                .where(sample_tables.samples.c.sha256 == file["sha256"])
                .values(label="Tuberculosis", part="")
            )
            sample_sums.rebuild(connection, task="pneumonia")

        page = answer(client.get("/samples"))
        summary = answer(client.get("/samples/summary"))

        assert {sample["label"]: sample["part"] for sample in page["samples"]} == {
            "Normal": None, "Tuberculosis": None,
        }  # fmt: skip
        assert (summary["total"], summary["other_classes"]) == (1, 1)
        assert answer(client.get(f"/samples/{file['sha256']}"))["part"] is None


class TestNames:
    def test_they_are_stored_as_tables_and_terminals_take_them(self, client: TestClient) -> None:
        long = "Normal/" + "x" * 300 + ".png"
        archive = images.zipped(
            {
                "Normal/a\u202eb.png": images.png(1),
                long: images.png(2),
                "Normal/1:2.png": images.png(3),
            }
        )

        body = answer(upload(client, archive, label=None, name="set.zip"))

        assert outcomes(body) == ["stored"] * 3
        listed = {sample["filename"] for sample in answer(client.get("/samples"))["samples"]}
        assert listed == {file["filename"] for file in body["files"]}
        assert {"Normal/a\ufffdb.png", "Normal/1:2.png"} < listed
        assert all(name.isprintable() and len(name) <= 255 for name in listed)

    def test_a_long_path_does_not_lose_its_class(self, client: TestClient) -> None:
        name = "x" * 200 + "/Normal/" + "y" * 200 + "/a.png"

        for content, sent_as in (
            (images.png(1), name),
            (images.zipped({name: images.png(2)}), "z"),
        ):
            (file,) = answer(upload(client, content, label=None, name=sent_as))["files"]
            assert (file["outcome"], file["label"]) == ("stored", "Normal")
            assert len(file["filename"]) == 255


class TestPictures:
    def test_a_collected_image_has_a_thumbnail(self, client: TestClient) -> None:
        (file,) = answer(upload(client, images.png()))["files"]

        response = client.get(f"/samples/{file['sha256']}/thumbnail.png")

        picture = Image.open(io.BytesIO(response.content))
        assert response.headers["content-type"] == "image/png"
        assert picture.size == (224, 224)

    def test_an_unknown_sample_has_none(self, client: TestClient) -> None:
        problem(client.get(f"/samples/{'0' * 64}/thumbnail.png"), 404, "No sample")

    def test_a_sample_whose_file_was_lost_is_told(
        self, client: TestClient, settings: Settings
    ) -> None:
        (file,) = answer(upload(client, images.png()))["files"]
        places(settings, "pneumonia").samples.delete(*stored_files(settings))

        problem(client.get(f"/samples/{file['sha256']}/thumbnail.png"), 404, "is gone")

    def test_a_generated_image_shows_its_class(self, client: TestClient) -> None:
        response = client.get("/phantoms/viral.png", params={"seed": 3})

        picture = Image.open(io.BytesIO(response.content))
        assert picture.tobytes() == synthetic_image("reticular", seed=3).tobytes()

    def test_an_unknown_class_has_none(self, client: TestClient) -> None:
        problem(client.get("/phantoms/Tumour.png"), 404, "the classes are")
        problem(client.get("/phantoms/Normal.png", params={"seed": -1}), 422, "'seed'")


class TestStrangeLabels:
    def test_a_lone_surrogate_is_an_unknown_class(self, client: TestClient) -> None:
        body = (
            b'--x\r\nContent-Disposition: form-data; name="label"\r\n\r\n\\ud800\r\n'
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
            + images.png()
            + b"\r\n--x--\r\n"
        )
        kind = "multipart/form-data; boundary=x; charset=unicode_escape"

        response = client.post("/upload-data", content=body, headers={"Content-Type": kind})

        problem(response, 422, "There is no class")
