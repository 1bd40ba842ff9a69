"""The application with its films and versions in a bucket, and what it does while that is away."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.errors import Conflict
from api.privacy.backup.create import create
from api.privacy.backup.restore import restore
from api.records.database import open_database
from api.samples.curation import read_image
from api.samples.folder_import import import_folder
from api.samples.image_retention import RetainedImages
from api.samples.open_collection import open_collection
from api.services import Services
from api.settings import Settings
from api.storage.places import cache_of, places, store_at
from api.tasks.task import Task
from api.worker.shared_images import SharedImages
from tests.conftest import ready_client, settings_below
from tests.samples.test_crashing import _grow_old
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.databases import only_sqlite
from tests.support.faulty_store import Faults, faulty_store
from tests.support.s3_server import s3_url
from tests.support.waiting import wait_until
from tests.web.response_checks import Documented, answer, problem


@pytest.fixture(scope="module")
def monkeymodule() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def faults_and_port() -> Iterator[tuple[int, Faults]]:
    with faulty_store() as found:
        yield found


@pytest.fixture
def faults(faults_and_port: tuple[int, Faults]) -> Iterator[Faults]:
    yield faults_and_port[1]
    faults_and_port[1].now = None


@pytest.fixture(scope="module")
def client(
    tiny: TinyCheckpoint,
    documented: Documented,
    tmp_path_factory: pytest.TempPathFactory,
    monkeymodule: pytest.MonkeyPatch,
    faults_and_port: tuple[int, Faults],
) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("bucket")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny).model_copy(
        update={
            "storage_url": s3_url(monkeymodule, port=faults_and_port[0]),
            "storage_timeout_s": 3.0,
            "keep_images": "all",
        }
    )
    with ready_client(settings, documented) as client:
        yield client


def services_of(client: TestClient) -> Services:
    found: Services = client.app.state.services  # type: ignore[attr-defined]
    return found


def predicted(client: TestClient, seed: int) -> Any:
    return answer(client.post("/predict", files={"file": ("a.png", images.png(seed))}))


def upload(client: TestClient, seed: int) -> Any:
    sent = [("files", ("a.png", images.png(seed)))]
    return client.post("/upload-data", data={"label": "Normal"}, files=sent)


def sha256(seed: int) -> str:
    return hashlib.sha256(images.png(seed)).hexdigest()


def retained(client: TestClient) -> set[str]:
    return {blob.key for blob in places(services_of(client).settings, "pneumonia").retained.list()}


class TestImages:
    def test_a_kept_image_is_in_the_bucket_until_its_answer_is_erased(
        self, client: TestClient
    ) -> None:
        given = predicted(client, 1)
        assert sha256(1) in retained(client)
        assert client.get(f"/predictions/{given['id']}/film.png").status_code == 200

        assert client.delete(f"/predictions/{given['id']}").status_code == 204

        assert sha256(1) not in retained(client)
        assert not services_of(client).settings.retained_dir.exists()

    def test_by_a_word_about_its_answer_it_becomes_a_training_image(
        self, client: TestClient
    ) -> None:
        given = predicted(client, 2)

        answer(client.post(f"/predictions/{given['id']}/feedback", json={"label": "Normal"}), 201)

        collection = services_of(client).storage.collection
        assert read_image(collection, sha256(2)) == images.png(2)
        assert sha256(2) not in retained(client)
        assert client.delete(f"/samples/{sha256(2)}").status_code == 204

    def test_images_of_before_go_there_and_old_ones_go(self, client: TestClient) -> None:
        services = services_of(client)
        folder = services.settings.retained_dir
        folder.mkdir()
        (folder / sha256(3)).write_bytes(images.png(3))
        try:
            SharedImages(cache_of(services.settings)).look(services)

            assert sha256(3) in retained(client)
            assert list(folder.iterdir()) == []
        finally:
            folder.rmdir()
        store = services.storage.retained_images.store
        assert RetainedImages(store, "all", -1).drop_old() > 0
        assert retained(client) == set()


@only_sqlite
class TestBackup:
    def test_there_and_back_into_another_bucket(
        self, client: TestClient, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer(upload(client, 4))
        predicted(client, 5)
        made = create(services_of(client).settings, tmp_path / "backup.tar")
        assert made.missing == ()
        empty = Settings(
            models_dir=tmp_path / "models",
            retrain_dir=tmp_path / "films",
            state_dir=tmp_path / "state",
            default_model=tmp_path / "models" / "default.h5",
            storage_url=s3_url(monkeypatch),
        )

        restore(empty, tmp_path / "backup.tar")

        database = open_database(empty.records_url, timeout_s=5)
        collection = open_collection(empty, task, database)
        _grow_old(empty.retrain_dir)
        assert import_folder(collection)["duplicate"] >= 1
        assert read_image(collection, sha256(4)) == images.png(4)
        assert (empty.retained_dir / sha256(5)).read_bytes() == images.png(5)
        database.dispose()
        with pytest.raises(Conflict, match="films in the store"):
            restore(empty, tmp_path / "backup.tar")
        assert [blob.key for blob in store_at(empty, "samples").list()]


def away(client: TestClient) -> bool:
    """Whether a server that is ready says that its store is away."""
    found: str | None = answer(client.get("/health/ready"))["problem"]
    return found is not None


class TestWhileTheBucketIsAway:
    def test_images_are_answered_and_nothing_else_is_promised(
        self, client: TestClient, faults: Faults
    ) -> None:
        before = predicted(client, 6)
        faults.now = "503"

        assert predicted(client, 7)["label"]
        refused = upload(client, 8)
        assert "does not answer" in problem(refused, 503)["detail"]
        assert refused.headers["Retry-After"]
        problem(client.get(f"/predictions/{before['id']}/film.png"), 503)
        wait_until(lambda: away(client), "it was noticed")
        assert "does not answer" in answer(client.get("/health/ready"))["problem"]
        health = answer(client.get("/status"))["health"]["training data"]
        assert (health["ok"], "does not answer" in health["detail"]) == (False, True)

        faults.now = None
        wait_until(lambda: not away(client), "it was noticed that it answers again")
        assert answer(client.get("/status"))["health"]["training data"]["ok"]
        answer(upload(client, 8))

    def test_whether_it_is_ready_is_said_at_once_while_the_store_says_nothing(
        self, client: TestClient, faults: Faults
    ) -> None:
        """A probe of Kubernetes waits four seconds; the store is waited for elsewhere."""
        durations_s: list[float] = []

        def seen_away() -> bool:
            started = time.perf_counter()
            seen = away(client)
            durations_s.append(time.perf_counter() - started)
            return seen

        faults.now = "silent"
        wait_until(seen_away, "it was noticed")

        assert max(durations_s) < 1
        faults.over.set()


class TestAStart:
    def test_it_is_ready_with_what_is_missing_once_the_store_is_known_to_say_nothing(
        self,
        tiny: TinyCheckpoint,
        documented: Documented,
        faults: Faults,
        faults_and_port: tuple[int, Faults],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Before that nobody asks it: it would refuse films that name a site."""
        copy_checkpoint(tiny.weights, tmp_path / "models" / "default.h5")
        settings = settings_below(tmp_path, tiny).model_copy(
            update={
                "storage_url": s3_url(monkeypatch, port=faults_and_port[0]),
                "storage_timeout_s": 1.0,
            }
        )
        faults.over.clear()
        faults.now = "silent"

        with ready_client(settings, documented) as client:
            assert "does not answer" in (answer(client.get("/health/ready"))["problem"] or "")
            image = {"file": ("a.png", images.png(1))}
            assert answer(client.post("/predict", files=image))["label"]
            problem(client.post("/predict", files=image, params={"source": "ours"}), 503)

            faults.now = None
            faults.over.set()

            wait_until(
                lambda: client.post("/predict", files=image, params={"source": "ours"}).is_success,
                "the profiles of sites were read",
            )
