"""`POST /upload-data`: what is stored, refused, and what happens in trouble."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.settings import Settings
from tests.support import images
from tests.support.full_disk import full_disk
from tests.support.locked_database import locked
from tests.support.stores import only_folders, only_own_disk
from tests.web.response_checks import answer, problem
from tests.web.routes.sample_uploads import outcomes, stored_files, upload


class TestUploading:
    def test_images_are_stored_and_counted(self, client: TestClient, settings: Settings) -> None:
        body = answer(upload(client, images.png(1), images.jpeg(2), label="covid"))

        assert outcomes(body) == ["stored", "stored"]
        assert body["stored"] == 2
        assert body["counts"] == {
            "COVID-19": 2, "Normal": 0, "Pneumonia-Bacterial": 0, "Pneumonia-Viral": 0,
        }  # fmt: skip
        assert stored_files(settings) == sorted(
            f"COVID-19/{file['sha256']}.{extension}"
            for file, extension in zip(body["files"], ("png", "jpg"), strict=True)
        )

    def test_a_finding_of_unknown_kind_can_be_given(
        self, client: TestClient, settings: Settings
    ) -> None:
        body = answer(upload(client, images.png(1), label="Tuberculosis"))
        archive = images.zipped({"ours/PNEUMONIA/a.png": images.png(2)})
        zipped = answer(upload(client, archive, label=None, name="films.zip"))

        (one, other) = body["files"] + zipped["files"]
        assert (one["label"], other["label"]) == ("finding", "finding")
        assert zipped["counts"]["finding"] == 2
        assert stored_files(settings) == sorted(
            f"finding/{file['sha256']}.png" for file in (one, other)
        )
        summary = answer(client.get("/samples/summary"))
        assert {f["label"]: f["count"] for f in summary["classes"]}["finding"] == 2

    def test_an_image_of_unknown_kind_gets_its_class_later(self, client: TestClient) -> None:
        (image,) = answer(upload(client, images.png(1), label="finding"))["files"]

        changed = answer(client.patch(f"/samples/{image['sha256']}", json={"label": "COVID-19"}))

        assert changed["label"] == "COVID-19"

    def test_one_bad_file_leaves_the_others_stored(self, client: TestClient) -> None:
        body = answer(upload(client, images.png(1), b"text", b"", images.png(2)))

        assert outcomes(body) == ["stored", "rejected", "rejected", "stored"]
        assert "not an image" in body["files"][1]["reason"]
        assert (body["stored"], body["rejected"]) == (2, 2)

    def test_the_same_picture_twice_is_a_duplicate(self, client: TestClient) -> None:
        assert outcomes(answer(upload(client, images.png(), images.png()))) == [
            "stored", "duplicate",
        ]  # fmt: skip
        assert outcomes(answer(upload(client, images.png()))) == ["duplicate"]

    def test_the_same_picture_with_another_label_is_a_conflict(self, client: TestClient) -> None:
        upload(client, images.png())

        body = answer(upload(client, images.png(), label="COVID-19"))

        assert outcomes(body) == ["conflict"]
        assert "is stored as Normal" in body["files"][0]["reason"]
        assert set(body["counts"].values()) == {0}

    def test_the_same_picture_at_the_same_time_is_stored_once(
        self, client: TestClient, settings: Settings
    ) -> None:
        with ThreadPoolExecutor(4) as pool:
            memory_budget = list(pool.map(lambda _: answer(upload(client, images.png())), range(4)))

        assert sorted(outcomes(body)[0] for body in memory_budget) == ["duplicate"] * 3 + ["stored"]
        assert len(stored_files(settings)) == 1

    def test_a_zip_of_class_folders_needs_no_label(self, client: TestClient) -> None:
        archive = images.zipped(
            {
                "set/NORMAL/a.png": images.png(1),
                "set/viral/b.png": images.png(2),
                "__MACOSX/set/NORMAL/._a.png": b"x",
                "set/notes.txt": b"x",
            }
        )

        body = answer(upload(client, archive, label=None, name="set.zip"))

        assert outcomes(body) == ["stored", "stored", "rejected"]
        assert (body["counts"]["Normal"], body["counts"]["Pneumonia-Viral"]) == (1, 1)

    def test_a_path_as_file_name_is_data(
        self, client: TestClient, settings: Settings, tmp_path: Path
    ) -> None:
        body = answer(upload(client, images.png(), name="../../evil.png"))

        assert body["files"][0]["filename"] == "../../evil.png"
        assert not list(tmp_path.rglob("*evil*"))
        assert stored_files(settings) == [f"Normal/{body['files'][0]['sha256']}.png"]

    def test_a_zip_that_leads_out_stores_only_what_does_not(
        self, client: TestClient, settings: Settings, tmp_path: Path
    ) -> None:
        archive = images.zipped(
            {"../../Normal/evil.png": images.png(1), "Normal/good.png": images.png(2)}
        )

        body = answer(upload(client, archive, label=None, name="set.zip"))

        assert outcomes(body) == ["rejected", "stored"]
        assert not list(tmp_path.rglob("*evil*"))
        assert len(stored_files(settings)) == 1


class TestRefusing:
    """Nothing of it is stored: one application is enough for all of them."""

    @pytest.fixture
    def settings(self, module_settings: Settings) -> Settings:
        return module_settings

    @pytest.fixture
    def client(self, module_client: TestClient) -> TestClient:
        return module_client

    @pytest.mark.parametrize("label", ["Tumour", "../../etc", "Normal/../COVID-19", "%2e%2e"])
    def test_an_unknown_label_stores_nothing(
        self, client: TestClient, settings: Settings, label: str
    ) -> None:
        problem(upload(client, images.png(), label=label), 422, "the classes are COVID-19")

        assert stored_files(settings) == []

    def test_an_image_without_a_label_is_rejected_with_the_classes(
        self, client: TestClient
    ) -> None:
        body = answer(upload(client, images.png(), label=None))

        assert outcomes(body) == ["rejected"]
        assert "No class is given" in body["files"][0]["reason"]

    def test_without_files_it_is_refused(self, client: TestClient) -> None:
        body = problem(client.post("/upload-data", data={"label": "Normal"}), 422, "'files'")

        assert body["errors"][0]["field"] == "files"

    def test_a_zip_bomb_is_refused_whole(self, client: TestClient, settings: Settings) -> None:
        bomb = images.zipped(
            {f"Normal/{n}.png": bytes(2_000_000) for n in range(10)}, compress=True
        )
        assert len(bomb) < 100_000

        problem(upload(client, bomb, label=None, name="set.zip"), 413, "unpacks to more than")

        assert stored_files(settings) == []

    def test_many_bombs_together_are_refused_whole(
        self, client: TestClient, settings: Settings
    ) -> None:
        bomb = images.zipped({"Normal/a.png": bytes(3_000_000)}, compress=True)

        problem(upload(client, *[bomb] * 20, label=None), 413, "unpacks to more than")

        assert stored_files(settings) == []

    def test_an_upload_of_what_systems_leave_is_refused(self, client: TestClient) -> None:
        problem(upload(client, b"x", name="Thumbs.db"), 422, "no films")

    def test_a_zip_with_too_many_files_is_refused(self, client: TestClient) -> None:
        archive = images.zipped({f"Normal/{n}.png": b"x" for n in range(41)})

        problem(upload(client, archive, label=None, name="set.zip"), 413, "41 files")

    def test_a_damaged_zip_is_refused(self, client: TestClient) -> None:
        archive = images.zipped({"Normal/a.png": images.png()})[:-40]

        problem(upload(client, archive, label=None, name="set.zip"), 422, "damaged")

    def test_a_damaged_zip_refuses_the_images_beside_it_too(
        self, client: TestClient, settings: Settings
    ) -> None:
        archive = images.zipped({"Normal/a.png": images.png()})[:-40]

        problem(upload(client, images.png(1), archive), 422, "damaged")

        assert stored_files(settings) == []

    def test_too_many_files_are_refused_whole(self, client: TestClient, settings: Settings) -> None:
        problem(upload(client, *(images.png(1) for _ in range(41))), 413, "41 files")

        assert stored_files(settings) == []

    def test_a_body_over_the_limit_is_refused(self, client: TestClient) -> None:
        problem(upload(client, bytes(13_500_000)), 413, "larger than 13 MB")


class TestTrouble:
    @only_own_disk
    @pytest.mark.parametrize("size_bytes", [0, 1_500_000], ids=["small", "spooled to disk"])
    def test_a_full_disk_leaves_no_part_of_a_file_and_no_row(
        self, client: TestClient, settings: Settings, size_bytes: int
    ) -> None:
        with full_disk():
            response = upload(client, images.png() + bytes(size_bytes))

        problem(response, 507, "Free some space")
        assert stored_files(settings) == []
        assert answer(client.get("/samples/summary"))["total"] == 0
        assert outcomes(answer(upload(client, images.png()))) == ["stored"]

    @only_folders
    def test_a_folder_that_cannot_be_written_stores_nothing(
        self, client: TestClient, settings: Settings
    ) -> None:
        settings.retrain_dir.mkdir(exist_ok=True)
        (settings.retrain_dir / "pneumonia").write_bytes(b"a file is in the way")

        problem(upload(client, images.png()), 507, "permissions")

        assert answer(client.get("/samples/summary"))["total"] == 0

    def test_a_locked_database_stores_nothing(self, client: TestClient, settings: Settings) -> None:
        with locked(client.app.state.services.records.database):  # type: ignore[attr-defined]
            response = upload(client, images.png())

        problem(response, 503, "try again")
        assert response.headers["Retry-After"]
        assert stored_files(settings) == []

    @only_folders
    def test_what_was_stored_before_the_trouble_is_told(self, client: TestClient) -> None:
        small = images.encoded(images.image(size_px=64).convert("1"), "PNG")
        large = images.encoded(images.image(size_px=900), "BMP")

        with full_disk(at_bytes=600_000):
            response = upload(client, small, large)

        body = problem(response, 507, "1 files before this one were stored")
        assert [entry["outcome"] for entry in body["errors"]] == ["stored"]
