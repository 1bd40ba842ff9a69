"""A folder and a bucket behind the S3 API do the same."""

import hashlib
from pathlib import Path

import pytest

from api.errors import BlobChanged, BlobNotFound, StorageFailed
from api.settings import Settings
from api.storage.blob_store import BlobStore
from api.storage.places import store_at
from tests.support.s3_server import storage_url as storage_url

CONTENT = b"a film"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
KEY = f"Normal/{SHA256}.png"


@pytest.fixture
def settings_here(storage_url: str, tmp_path: Path) -> Settings:
    return Settings(storage_url=storage_url, state_dir=tmp_path / "state")


@pytest.fixture
def store(settings_here: Settings) -> BlobStore:
    return store_at(settings_here, "samples/pneumonia")


def keys(store: BlobStore, prefix: str = "") -> list[str]:
    return [blob.key for blob in store.list(prefix)]


class TestReading:
    def test_what_was_put_is_there_with_its_size(self, store: BlobStore) -> None:
        store.put(KEY, CONTENT)

        assert store.get(KEY) == store.get(KEY, sha256=SHA256) == CONTENT
        info = store.head(KEY)
        assert info
        assert (info.key, info.size_bytes) == (KEY, len(CONTENT))

    def test_what_is_not_there_is_said_to_be(self, store: BlobStore, tmp_path: Path) -> None:
        assert store.head(KEY) is None
        assert keys(store) == []
        store.delete(KEY)
        for ask in (
            lambda: store.get(KEY),
            lambda: store.get_to_file(KEY, tmp_path / "a", sha256=SHA256),
            lambda: store.move(KEY, "b"),
            lambda: store.get("../other/film"),
        ):
            with pytest.raises(BlobNotFound):
                ask()
        assert not (tmp_path / "a").exists()

    def test_a_file_goes_there_and_comes_back_whole(self, store: BlobStore, tmp_path: Path) -> None:
        content = bytes(range(256)) * 40_000
        (tmp_path / "weights").write_bytes(content)

        store.put("v2/weights", tmp_path / "weights")
        store.get_to_file("v2/weights", tmp_path / "b", sha256=hashlib.sha256(content).hexdigest())

        assert (tmp_path / "b").read_bytes() == content

    def test_a_file_of_another_content_is_refused(self, store: BlobStore, tmp_path: Path) -> None:
        store.put(KEY, b"something else")

        with pytest.raises(StorageFailed, match="damaged"):
            store.get_to_file(KEY, tmp_path / "a", sha256=SHA256)

        assert not (tmp_path / "a").exists() or (tmp_path / "a").read_bytes() == b""

    def test_a_prefix_is_one_of_letters(self, store: BlobStore) -> None:
        names = ["Normal/.deleted-b.png", "Normal/.deleted-c.png", "Normal/d.png", "Normal2/e.png"]
        for name in ("a", *names):
            store.put(name, b"x")

        assert keys(store) == sorted(["a", *names])
        assert keys(store, "Normal/") == names[:3]
        assert keys(store, "Normal/.deleted-") == names[:2]

    def test_stores_below_one_another_do_not_meet(
        self, store: BlobStore, settings_here: Settings
    ) -> None:
        other = store_at(settings_here, "samples/pneumonia2")
        other.put("a", b"x")

        assert keys(store) == []
        assert keys(other) == ["a"]


class TestWriting:
    def test_if_absent_the_first_one_stays(self, store: BlobStore) -> None:
        assert store.put_if_absent("v2.json", b"first")
        assert not store.put_if_absent("v2.json", b"second")

        assert store.get("v2.json") == b"first"

    def test_if_match_only_who_saw_the_newest_replaces_it(self, store: BlobStore) -> None:
        store.put("v2.json", b"one")
        seen = store.head("v2.json")
        assert seen
        store.put_if_match("v2.json", b"two", etag=seen.etag)

        with pytest.raises(BlobChanged):
            store.put_if_match("v2.json", b"three", etag=seen.etag)
        with pytest.raises(BlobChanged):
            store.put_if_match("v3.json", b"three", etag=seen.etag)

        assert store.get("v2.json") == b"two"
        assert keys(store, "v") == ["v2.json"]

    def test_a_blob_gets_another_key(self, store: BlobStore) -> None:
        store.put(KEY, CONTENT)

        store.move(KEY, "COVID-19/a.png")

        assert keys(store) == ["COVID-19/a.png"]

    def test_several_go_at_once_whether_or_not_they_are_there(self, store: BlobStore) -> None:
        for name in ("a", "b", "c"):
            store.put(name, b"x")

        store.delete("a", "nothing", "c")

        assert keys(store) == ["b"]
