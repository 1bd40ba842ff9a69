"""`/samples`: listing, deciding, deleting, taking away."""

import csv
import hashlib
import io
import os
import zipfile
from datetime import timedelta

import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.clock import now
from api.inputs.images.decoding import Limits, decode
from api.inputs.images.perceptual_hash import perceptual_hash
from api.inputs.images.preprocessing import PreprocessingSpec
from api.registry.holdout import read_holdout
from api.registry.store import holdout_path
from api.samples.erasing import set_aside
from api.settings import Settings
from api.storage.places import places
from tests.support import images
from tests.support.full_disk import full_disk
from tests.support.locked_database import locked
from tests.support.stores import only_own_disk, samples_at
from tests.web.response_checks import answer, problem


@pytest.fixture
def shas(client: TestClient) -> list[str]:
    """Three films: two normal ones of one patient, one COVID."""
    return three_images(client)


@pytest.fixture(scope="module")
def shared_images(module_client: TestClient) -> list[str]:
    """The same in the application of the module."""
    return three_images(module_client)


def three_images(client: TestClient) -> list[str]:
    """Their hashes."""
    normal = client.post(
        "/upload-data",
        data={"label": "Normal", "patient_id": "P1", "source": "ward 3"},
        files=[("files", ("a.png", images.png(1))), ("files", ("b.png", images.png(2)))],
    )
    covid = client.post(
        "/upload-data", data={"label": "covid"}, files=[("files", ("c.png", images.png(3)))]
    )
    return [file["sha256"] for file in answer(normal)["files"] + answer(covid)["files"]]


def listed(client: TestClient, **query: str | int) -> list[str]:
    return [sample["sha256"] for sample in answer(client.get("/samples", params=query))["samples"]]


class TestListing:
    """Nothing changes: one application is enough."""

    @pytest.fixture
    def client(self, module_client: TestClient) -> TestClient:
        return module_client

    @pytest.fixture
    def shas(self, shared_images: list[str]) -> list[str]:
        return shared_images

    def test_who_added_an_image_and_when_narrow_it_down(
        self, client: TestClient, shas: list[str]
    ) -> None:
        assert set(listed(client, added_by="local")) == set(shas)
        assert listed(client, added_by="ann") == []
        tomorrow = (now() + timedelta(days=1)).isoformat()
        assert listed(client, since=tomorrow) == []
        assert set(listed(client, until=tomorrow)) == set(shas)
        problem(client.get("/samples", params={"since": "yesterday"}), 422)

    def test_a_picture_comes_as_large_as_asked_for(
        self, client: TestClient, shas: list[str]
    ) -> None:
        picture = client.get(f"/samples/{shas[0]}/thumbnail.png?side_px=64").content

        assert max(Image.open(io.BytesIO(picture)).size) == 64
        problem(client.get(f"/samples/{shas[0]}/thumbnail.png?side_px=9999"), 422)

    def test_the_plan_of_a_retraining_counts_what_is_there(
        self, client: TestClient, shas: list[str]
    ) -> None:
        plan = answer(client.get("/retrain/plan"))

        assert (plan["total"], plan["new"], plan["since"]) == (len(shas), len(shas), None)
        assert plan["sources"] == {"ward 3": 2, "": 1}
        assert plan["samples"]["Normal"] == 2
        assert (plan["expected_seconds"], plan["ready"]) == (None, False)
        assert (plan["memory_mb"], plan["disk_mb"], plan["threads"]) == (1600, 10, 1)

    def test_the_newest_come_first_with_all_that_is_known(
        self, client: TestClient, shas: list[str]
    ) -> None:
        body = answer(client.get("/samples"))

        assert {sample["sha256"] for sample in body["samples"]} == set(shas)
        assert (body["total"], body["next_after"]) == (3, None)
        first = next(sample for sample in body["samples"] if sample["sha256"] == shas[0])
        assert (first["label"], first["patient_id"], first["source"]) == ("Normal", "P1", "ward 3")
        assert (first["origin"], first["part"], first["disputed"]) == ("upload", None, None)

    def test_pages_hold_everything_once(self, client: TestClient, shas: list[str]) -> None:
        first = answer(client.get("/samples", params={"limit": 2}))
        second = answer(client.get("/samples", params={"limit": 2, "after": first["next_after"]}))

        seen = [sample["sha256"] for sample in first["samples"] + second["samples"]]
        assert sorted(seen) == sorted(shas)
        assert (first["total"], second["total"], second["next_after"]) == (3, 3, None)

    def test_they_can_be_narrowed_down(self, client: TestClient, shas: list[str]) -> None:
        assert listed(client, label="COVID-19") == [shas[2]]
        assert set(listed(client, source="ward 3")) == set(shas[:2])
        assert listed(client, part="train") == []
        assert listed(client, disputed="true") == []
        assert len(listed(client, origin="upload")) == 3

    def test_bad_questions_are_refused(self, client: TestClient) -> None:
        problem(client.get("/samples", params={"limit": 0}), 422, "limit")
        problem(client.get("/samples", params={"part": "test"}), 422, "part")
        problem(client.get("/samples", params={"after": "f" * 64}), 404, "No sample")

    def test_one_sample_has_its_history(self, client: TestClient, shas: list[str]) -> None:
        body = answer(client.get(f"/samples/{shas[0]}"))

        assert body["history"] == []
        assert client.get(body["thumbnail"]).headers["content-type"] == "image/png"
        problem(client.get(f"/samples/{'f' * 64}"), 404, "No sample")


class TestHeldOut:
    def test_an_image_that_the_champion_is_measured_on_is_refused(
        self, client: TestClient, settings: Settings
    ) -> None:
        image = PreprocessingSpec().resize(decode(images.png(5), Limits()))
        known = [(hashlib.sha256(images.png(5)).hexdigest(), perceptual_hash(image))]
        path = holdout_path(settings.default_model)
        path.write_bytes(read_holdout(path).with_images(known).dumped())

        body = answer(
            client.post(
                "/upload-data",
                data={"label": "Normal"},
                files=[
                    ("files", images.png(5)),
                    ("files", images.jpeg(5)),
                    ("files", images.png(6)),
                ],
            )
        )

        assert [file["outcome"] for file in body["files"]] == ["rejected", "rejected", "stored"]
        assert "must never learn from it" in body["files"][0]["reason"]

    def test_damaged_hashes_refuse_the_upload(self, client: TestClient, settings: Settings) -> None:
        holdout_path(settings.default_model).write_bytes(b"text")

        upload = client.post(
            "/upload-data", data={"label": "Normal"}, files=[("files", images.png())]
        )

        problem(upload, 409, "is damaged")
        assert answer(client.get("/samples"))["total"] == 0


class TestByHand:
    def test_a_file_in_the_class_folder_is_a_sample_soon(
        self, client: TestClient, settings: Settings
    ) -> None:
        path = settings.retrain_dir / "pneumonia" / "Normal" / "mine.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.png(1))
        os.utime(path, (1, 1))

        # Nobody waits for the next look at the folder: a retraining begins with one.
        problem(client.post("/retrain"), 422, "there are 1")

        (sample,) = answer(client.get("/samples", params={"origin": "folder"}))["samples"]
        assert sample["filename"] == "mine.png"


class TestDecisionsOfPeople:
    def test_a_dispute_ends_with_a_decision(
        self, client: TestClient, shas: list[str], settings: Settings
    ) -> None:
        again = client.post(
            "/upload-data", data={"label": "covid"}, files=[("files", ("d.jpg", images.jpeg(1)))]
        )
        assert answer(again)["conflict"] == 1
        assert listed(client, disputed="true") == [shas[0]]
        assert answer(client.get("/status"))["samples"]["Normal"] == 1

        body = answer(
            client.patch(f"/samples/{shas[0]}", json={"label": "covid", "remark": "PCR positive"})
        )

        assert (body["label"], body["disputed"]) == ("COVID-19", None)
        assert [change["what"] for change in body["history"]] == ["disputed", "resolved"]
        assert body["history"][1]["remark"] == "PCR positive"
        assert samples_at(settings)[f"COVID-19/{shas[0]}.png"] == images.png(1)
        assert f"Normal/{shas[0]}.png" not in samples_at(settings)
        assert answer(client.get("/status"))["samples"]["COVID-19"] == 2

    def test_the_class_it_has_ends_a_dispute_too(self, client: TestClient, shas: list[str]) -> None:
        client.post("/upload-data", data={"label": "covid"}, files=[("files", images.png(1))])

        body = answer(client.patch(f"/samples/{shas[0]}", json={"label": "Normal"}))

        assert (body["label"], body["disputed"]) == ("Normal", None)
        assert answer(client.get("/status"))["samples"]["Normal"] == 2

    def test_nonsense_changes_nothing(self, client: TestClient, shas: list[str]) -> None:
        problem(client.patch(f"/samples/{shas[0]}", json={"label": "cat"}), 422, "no class 'cat'")
        problem(client.patch(f"/samples/{shas[0]}", json={}), 422, "label")
        problem(client.patch(f"/samples/{shas[0]}", json={"label": "Normal", "x": 1}), 422, "x")
        problem(client.patch(f"/samples/{'f' * 64}", json={"label": "Normal"}), 404)

        assert answer(client.get(f"/samples/{shas[0]}"))["history"] == []

    @only_own_disk
    def test_a_full_disk_leaves_it_as_it_was(
        self, client: TestClient, shas: list[str], settings: Settings
    ) -> None:
        before = samples_at(settings)

        with full_disk():
            problem(client.patch(f"/samples/{shas[0]}", json={"label": "covid"}), 507, "space")

        assert samples_at(settings) == before
        assert answer(client.get(f"/samples/{shas[0]}"))["label"] == "Normal"

    def test_an_image_whose_file_is_gone_must_be_sent_again(
        self, client: TestClient, shas: list[str], settings: Settings
    ) -> None:
        places(settings, "pneumonia").samples.delete(f"Normal/{shas[0]}.png")

        problem(client.patch(f"/samples/{shas[0]}", json={"label": "covid"}), 507, "upload it")


class TestDeleting:
    def test_image_and_file_go_and_the_history_stays(
        self, client: TestClient, shas: list[str], settings: Settings
    ) -> None:
        gone = client.delete(f"/samples/{shas[0]}", params={"remark": "wrong patient"})

        assert gone.status_code == 204
        problem(client.get(f"/samples/{shas[0]}"), 404)
        assert not any(shas[0] in name for name in samples_at(settings))
        assert len(listed(client)) == 2
        problem(client.delete(f"/samples/{shas[0]}"), 404)

    def test_what_was_deleted_may_come_again(self, client: TestClient, shas: list[str]) -> None:
        client.delete(f"/samples/{shas[0]}")

        again = client.post(
            "/upload-data", data={"label": "Normal"}, files=[("files", images.png(1))]
        )

        assert answer(again)["stored"] == 1
        history = answer(client.get(f"/samples/{shas[0]}"))["history"]
        assert [change["what"] for change in history] == ["deleted"]

    def test_a_locked_database_is_told(self, client: TestClient, shas: list[str]) -> None:
        with locked(client.app.state.services.records.database):  # type: ignore[attr-defined]
            problem(client.delete(f"/samples/{shas[0]}"), 503, "try again")


class TestComingBack:
    def test_an_image_that_was_deleted_restorably_comes_back_as_it_was(
        self, client: TestClient, shas: list[str], settings: Settings
    ) -> None:
        path = f"/samples/{shas[0]}"
        before, files = answer(client.get(path)), samples_at(settings)
        assert client.delete(f"{path}?restorable=true&remark=dark").status_code == 204
        problem(client.get(path), 404)
        (gone,) = answer(client.get("/samples/deleted"))["samples"]
        assert (gone["sample"]["sha256"], gone["remark"]) == (shas[0], "dark")
        assert client.get(gone["thumbnail"]).headers["content-type"] == "image/png"
        assert len(listed(client)) == 2

        back = answer(client.post(f"{path}/restore"))

        assert {k: v for k, v in back.items() if k != "history"} == {
            k: v for k, v in before.items() if k != "history"
        }
        assert [change["what"] for change in back["history"]] == ["deleted", "restored"]
        assert samples_at(settings) == files
        assert answer(client.get("/samples/deleted"))["samples"] == []

    def test_after_a_day_its_file_is_gone_and_it_cannot(
        self, client: TestClient, shas: list[str], settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        client.delete(f"/samples/{shas[0]}?restorable=true")
        collection = client.app.state.services.storage.collection  # type: ignore[attr-defined]
        later = now() + timedelta(days=1, minutes=1)
        monkeypatch.setattr(set_aside, "now", lambda: later)

        problem(client.post(f"/samples/{shas[0]}/restore"), 404, "for a day")
        set_aside.drop_old(collection)

        assert not any(shas[0] in name for name in samples_at(settings))

    def test_a_second_deletion_erases_it_at_once(
        self, client: TestClient, shas: list[str], settings: Settings
    ) -> None:
        client.delete(f"/samples/{shas[0]}?restorable=true")

        assert client.delete(f"/samples/{shas[0]}").status_code == 204

        assert not any(shas[0] in name for name in samples_at(settings))
        problem(client.post(f"/samples/{shas[0]}/restore"), 404, "GET /samples/deleted")
        problem(client.delete(f"/samples/{shas[0]}"), 404, "it was deleted on")

    def test_an_erasure_finds_it_by_its_patient(self, client: TestClient, shas: list[str]) -> None:
        client.delete(f"/samples/{shas[0]}?restorable=true")
        collection = client.app.state.services.storage.collection  # type: ignore[attr-defined]

        found = set_aside.matching(collection, patients=["P1"], filenames=frozenset(), before=None)

        assert [sample.sha256 for sample in found] == [shas[0]]

    @pytest.mark.parametrize("name", ["x", "..%2F..%2Fetc", "0" * 64])
    def test_what_was_never_there_cannot(self, shared_client: TestClient, name: str) -> None:
        assert shared_client.post(f"/samples/{name}/restore").status_code == 404


class TestTakingAway:
    def test_the_archive_has_class_folders_and_a_table(
        self, client: TestClient, shas: list[str], settings: Settings
    ) -> None:
        response = client.get("/samples/export.zip")

        assert response.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            assert archive.testzip() is None
            names = set(archive.namelist())
            table = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode())))
        assert names == {*samples_at(settings), "manifest.csv"}
        assert {row["sha256"]: row["patient_id"] for row in table} == {
            shas[0]: "P1", shas[1]: "P1", shas[2]: "",
        }  # fmt: skip

    def test_it_brings_the_same_images_in_elsewhere(
        self, client: TestClient, shas: list[str]
    ) -> None:
        content = client.get("/samples/export.zip", params={"label": "Normal"}).content
        for sha256 in shas:
            client.delete(f"/samples/{sha256}")

        body = answer(client.post("/upload-data", files=[("files", ("samples.zip", content))]))

        assert body["stored"] == 2
        assert body["counts"]["Normal"] == 2

    def test_no_name_in_the_table_is_a_formula(self, client: TestClient) -> None:
        image = ("files", ("=1+1.png", images.png(9)))
        client.post("/upload-data", data={"label": "Normal"}, files=[image])

        content = client.get("/samples/export.zip").content

        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert b",'=1+1.png," in archive.read("manifest.csv")

    def test_nothing_is_an_archive_too(self, client: TestClient) -> None:
        content = client.get("/samples/export.zip").content

        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.namelist() == ["manifest.csv"]
