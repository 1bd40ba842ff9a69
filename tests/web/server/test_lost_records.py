"""The records are removed or replaced while the server answers: no 200 that is lost."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.samples.test_folder_import import put
from tests.support import images
from tests.support.databases import only_sqlite
from tests.support.stores import retained_at, samples_at
from tests.support.waiting import wait_until, wait_until_ready
from tests.web.response_checks import answer, problem

pytestmark = only_sqlite


def move_aside(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).rename(path.with_name(f"aside.db{suffix}"))


def put_an_empty_one(path: Path) -> None:
    move_aside(path)
    path.touch()


def remove_the_state_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("gone"))


@pytest.fixture
def path(settings: Settings) -> Path:
    return settings.state_dir / "roentgen.db"


class TestLosingThem:
    @pytest.mark.parametrize("lose", [move_aside, put_an_empty_one, remove_the_state_folder])
    def test_it_is_not_ready_and_keeps_nothing_that_it_cannot_record(
        self, client: TestClient, settings: Settings, path: Path, lose: Callable[[Path], None]
    ) -> None:
        upload = {"data": {"label": "Normal"}, "files": [("files", images.png(1))]}
        sha256 = answer(client.post("/upload-data", **upload))["files"][0]["sha256"]  # type: ignore[arg-type]
        lose(path)

        problem(client.get("/health/ready"), 507, "Put the same file back")
        answer(client.get("/health/live"))
        problem(client.post("/predict", files={"file": images.png()}), 507)
        upload["files"] = [("files", images.png(2))]
        problem(client.post("/upload-data", **upload), 507)  # type: ignore[arg-type]
        problem(client.patch(f"/samples/{sha256}", json={"label": "COVID-19"}), 507)
        problem(client.delete(f"/samples/{sha256}"), 507)

        stored = [name for name in samples_at(settings) if name.endswith(".png")]
        assert [Path(name).stem for name in stored] == [sha256]

    def test_the_state_says_so(self, client: TestClient, path: Path) -> None:
        move_aside(path)

        health = answer(client.get("/status"))["health"]["records"]

        assert not health["ok"]
        assert "was removed" in health["detail"]

    def test_with_the_same_file_back_it_is_ready_again(
        self, client: TestClient, path: Path
    ) -> None:
        aside = path.with_name("aside.db")
        path.rename(aside)
        problem(client.post("/predict", files={"file": images.png()}), 507)

        aside.rename(path)

        wait_until(lambda: client.get("/health/ready").status_code == 200, "it was ready again")
        answer(client.post("/predict", files={"file": images.png()}))

    def test_a_restart_begins_new_ones(
        self, client: TestClient, settings: Settings, path: Path
    ) -> None:
        move_aside(path)
        problem(client.get("/health/ready"), 507)

        with TestClient(create_app(settings)) as again:
            wait_until_ready(again)
            answer(again.post("/predict", files={"file": images.png()}))


class TestUnderLoad:
    def test_whatever_was_acknowledged_is_in_the_file_that_was_moved_away(
        self, client: TestClient, path: Path
    ) -> None:
        acknowledged: list[str] = []
        refused = threading.Event()

        def ask() -> None:
            while not refused.is_set():
                response = client.post("/predict", files={"file": images.png()})
                if response.status_code == 200:
                    acknowledged.append(response.json()["id"])
                else:
                    assert response.status_code == 507, response.text
                    refused.set()

        with ThreadPoolExecutor(3) as pool:
            requests = [pool.submit(ask) for _ in range(3)]
            wait_until(lambda: len(acknowledged) > 10, "some were answered")
            put_an_empty_one(path)
            for each in requests:
                each.result(timeout=60)

        with closing(sqlite3.connect(path.with_name("aside.db"))) as aside:
            stored = {row[0] for row in aside.execute("SELECT id FROM predictions")}
        assert set(acknowledged) <= stored


class TestDeletedImages:
    def test_feedback_does_not_bring_one_back(self, settings: Settings) -> None:
        app = create_app(settings.model_copy(update={"keep_images": "all"}))
        with TestClient(app) as client:
            wait_until_ready(client)
            upload = {"data": {"label": "Normal"}, "files": [("files", images.png(1))]}
            sha256 = answer(client.post("/upload-data", **upload))["files"][0]["sha256"]  # type: ignore[arg-type]
            answer(client.post("/predict", files={"file": images.png(1)}))
            assert sha256 in retained_at(settings)

            assert client.delete(f"/samples/{sha256}").status_code == 204

            assert sha256 not in retained_at(settings)
            prediction = answer(client.post("/predict", files={"file": images.png(1)}))
            returned = answer(
                client.post(f"/predictions/{prediction['id']}/feedback", json={"label": "Normal"}),
                201,
            )
            assert returned["sample"]["outcome"] == "rejected"
            assert "was deleted" in returned["sample"]["reason"]
            assert answer(client.get("/samples"))["total"] == 0

    def test_the_folder_does_not_either_and_an_upload_does_and_says_so(
        self, client: TestClient
    ) -> None:
        collection = client.app.state.services.storage.collection  # type: ignore[attr-defined]
        upload = {"data": {"label": "Normal"}, "files": [("files", images.png(1))]}
        sha256 = answer(client.post("/upload-data", **upload))["files"][0]["sha256"]  # type: ignore[arg-type]
        client.delete(f"/samples/{sha256}", params={"remark": "withdrawn"})
        put(collection, "Normal/mine.png", images.png(1))

        problem(client.post("/retrain"), 422, "there are 0")

        problem(client.get(f"/samples/{sha256}"), 404, "it was deleted on")
        body = answer(client.post("/upload-data", **upload))  # type: ignore[arg-type]
        assert body["stored"] == 1
        assert "withdrawn" in body["files"][0]["reason"]
