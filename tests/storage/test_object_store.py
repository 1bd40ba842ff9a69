"""A store that fails as networks do: nothing half-written, an error that says to try again."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.errors import StorageFailed, StorageUnavailable
from api.settings import Settings
from api.storage.object_store import PAUSE_S, BucketClient, ObjectStore, endpoint, open_bucket
from api.storage.places import cache_of, store_at
from tests.support.faulty_store import Fault, Faults, faulty_store
from tests.support.s3_server import BUCKET, HOST, s3_url

CONTENT = b"film" * 50_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
TIMEOUT_S = 3.0


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[BucketClient, str, Faults, Clock]]:
    with faulty_store() as (port, faults):
        prefix = s3_url(monkeypatch, port=port).rpartition("/")[2]
        bucket = open_bucket(BUCKET, endpoint=f"http://{HOST}:{port}", timeout_s=TIMEOUT_S)
        bucket.clock = clock = Clock()
        yield bucket, f"{prefix}/", faults, clock


@pytest.fixture
def store(between: tuple[BucketClient, str, Faults, Clock]) -> ObjectStore:
    return ObjectStore(between[0], between[1])


@pytest.fixture
def faults(between: tuple[BucketClient, str, Faults, Clock]) -> Faults:
    return between[2]


@pytest.fixture
def clock(between: tuple[BucketClient, str, Faults, Clock]) -> Clock:
    return between[3]


class TestAStoreThatIsAway:
    @pytest.mark.parametrize("fault", ["503", "silent", "half upload"])
    def test_a_write_that_fails_leaves_nothing(
        self, store: ObjectStore, faults: Faults, clock: Clock, fault: Fault
    ) -> None:
        faults.now = fault

        with pytest.raises(StorageUnavailable, match="try again"):
            store.put("a", CONTENT)

        faults.now, clock.now_s = None, PAUSE_S
        faults.over.set()
        assert store.head("a") is None
        store.put("a", CONTENT)
        assert store.get("a", sha256=SHA256) == CONTENT

    @pytest.mark.parametrize("fault", ["503", "silent", "half download"])
    def test_a_read_that_fails_gives_nothing(
        self, store: ObjectStore, faults: Faults, tmp_path: Path, clock: Clock, fault: Fault
    ) -> None:
        store.put("a", CONTENT)
        faults.now = fault

        with pytest.raises(StorageUnavailable):
            store.get_to_file("a", tmp_path / "a", sha256=SHA256)

        assert not (tmp_path / "a").exists()
        clock.now_s = PAUSE_S
        with pytest.raises(StorageUnavailable):
            list(store.list())

    def test_a_moment_later_nobody_waits_for_it_again(
        self, store: ObjectStore, faults: Faults, clock: Clock
    ) -> None:
        faults.now = "503"
        with pytest.raises(StorageUnavailable):
            store.check()
        asked = faults.count

        with pytest.raises(StorageUnavailable):
            store.get("a")

        assert faults.count == asked
        faults.now, clock.now_s = None, PAUSE_S
        store.check()

    def test_a_single_failure_is_tried_again_unseen(
        self, store: ObjectStore, faults: Faults
    ) -> None:
        store.put("a", CONTENT)
        faults.now, faults.most = "503", 1

        assert store.get("a") == CONTENT
        assert faults.count == 1


class TestAStoreThatRefuses:
    def test_a_bucket_that_is_not_there_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        s3_url(monkeypatch)
        bucket = open_bucket("nobodys", endpoint=endpoint(), timeout_s=TIMEOUT_S)

        with pytest.raises(StorageFailed, match="no bucket 'nobodys'"):
            ObjectStore(bucket, "").put("a", CONTENT)

    def test_one_request_that_is_refused_keeps_nobody_else_from_asking(
        self, store: ObjectStore, faults: Faults
    ) -> None:
        faults.now = "400"
        for ask in (
            lambda: store.put("Normal/a", CONTENT),
            lambda: store.get("Normal/a"),
            lambda: store.delete("Normal/a"),
        ):
            with pytest.raises(StorageFailed, match=r"refuses 'a' \(400 Bad Request\)"):
                ask()
        faults.now = None

        store.put("a", CONTENT)


class TestCaching:
    def test_an_image_comes_over_the_network_once(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        settings = Settings(storage_url=s3_url(monkeypatch), state_dir=tmp_path)
        store, cache = store_at(settings, "samples"), cache_of(settings)
        store.put("a.png", CONTENT)
        assert store.get("a.png", sha256=SHA256) == CONTENT

        store.put("a.png", b"damaged")

        assert store.get("a.png", sha256=SHA256) == CONTENT
        cache.forget(SHA256)
        with pytest.raises(StorageFailed, match="damaged"):
            store.get("a.png", sha256=SHA256)
        assert cache.get(SHA256) is None

    def test_what_is_deleted_is_not_kept_here(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        settings = Settings(storage_url=s3_url(monkeypatch), state_dir=tmp_path)
        store = store_at(settings, "samples")
        store.put(f"Normal/{SHA256}.png", CONTENT)
        store.get(f"Normal/{SHA256}.png", sha256=SHA256)

        store.delete(f"Normal/{SHA256}.png")

        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
