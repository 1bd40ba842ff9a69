"""Versions that several machines share: whole or not there, the same everywhere."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.errors import Conflict, InvalidCheckpoint, NotFound, StorageUnavailable
from api.model_card.card_file import write_card
from api.registry.open_store import open_store
from api.registry.published import INDEX, PublishedVersions
from api.registry.retention import discard
from api.registry.store import CARD_NAME, INT8_NAME, WEIGHTS_NAME, Store, verify_weights
from api.settings import Settings
from api.worker.shared_models import SharedModels
from tests.registry.stores import a_store
from tests.support.cards import card
from tests.support.faulty_store import Fault, faulty_store
from tests.support.s3_server import s3_url
from tests.support.s3_server import storage_url as storage_url


def machine(folder: Path, url: str, *versions: str) -> Store:
    """A machine's folder of versions, with what all of them share."""
    own = a_store(folder / "pneumonia", "v1", *versions)
    settings = Settings(
        storage_url=url,
        storage_timeout_s=3.0,
        models_dir=folder,
        default_model=own.default_weights,
        state_dir=folder / "state",
    )
    return open_store(settings, "pneumonia")


def shared(store: Store) -> PublishedVersions:
    assert store.published
    return store.published


def synchronise(store: Store, *in_use: str) -> None:
    SharedModels().synchronise(store, shared(store), in_use=in_use)


@pytest.fixture
def one(tmp_path: Path, storage_url: str) -> Store:
    """A machine that has published v2."""
    store = machine(tmp_path / "one", storage_url, "v2")
    (store.folder / "v2" / INT8_NAME).write_bytes(b"int8")
    synchronise(store)
    return store


@pytest.fixture
def other(one: Store, tmp_path: Path, storage_url: str) -> Store:
    """Another machine, which has none."""
    return machine(tmp_path / "other", storage_url)


class TestFetching:
    def test_a_version_that_is_asked_for_comes_whole(self, one: Store, other: Store) -> None:
        verify_weights(other.get("v2"))

        assert other.versions() == ["v1", "v2"]
        for name in (WEIGHTS_NAME, "card.json", INT8_NAME):
            theirs = (one.folder / "v2" / name).read_bytes()
            assert (other.folder / "v2" / name).read_bytes() == theirs

    def test_what_nobody_published_is_not_found(self, other: Store) -> None:
        with pytest.raises(NotFound):
            other.get("v3")
        assert other.next_version() == "v3"

    @pytest.mark.parametrize("damage", ["content", "missing", "list", "path"])
    def test_a_damaged_one_is_refused_and_leaves_nothing(self, other: Store, damage: str) -> None:
        blobs = shared(other).blobs
        key = f"v2/{shared(other).files_of('v2')[WEIGHTS_NAME]}"
        if damage == "content":
            blobs.put(key, b"other weights")
        elif damage == "missing":
            blobs.delete(key)
        elif damage == "list":
            blobs.put(f"{INDEX}v2.json", b"{")
        else:
            blobs.put(f"{INDEX}v2.json", json.dumps({"files": {"../a": "0" * 64}}).encode())

        with pytest.raises(InvalidCheckpoint):
            other.get("v2")

        assert [path.name for path in other.folder.glob("*v2*")] == []

    def test_a_copy_that_lost_its_weights_comes_again(self, other: Store) -> None:
        synchronise(other)
        (other.folder / "v2" / WEIGHTS_NAME).unlink()

        verify_weights(other.get("v2"))

        assert [path.name for path in other.folder.glob("*v2*")] == ["v2"]

    def test_what_is_left_of_a_removed_one_is_no_version(
        self, one: Store, other: Store, tmp_path: Path
    ) -> None:
        synchronise(other)
        (other.folder / "v2" / WEIGHTS_NAME).unlink()
        discard(one, ["v2"], compiled=tmp_path)

        with pytest.raises(NotFound):
            other.get("v2")

    def test_the_others_follow_by_themselves(self, other: Store) -> None:
        synchronise(other)

        assert other.has_copy("v2")


class TestPublishing:
    def test_the_compiled_form_comes_with_it(self, one: Store, other: Store) -> None:
        with one.workspace("job") as workspace:
            made = one.folder / "v2"
            for path in made.iterdir():
                (workspace / path.name).write_bytes(path.read_bytes())
            compiled = one.folder.parent / "compiled"
            compiled.write_bytes(b"compiled")
            one.publish(workspace, "v3", compiled=compiled)

        assert shared(other).fetch("v3", other.folder)
        assert (other.folder / "v3" / "model.tflite").read_bytes() == b"compiled"
        assert not (one.folder / "v3" / "model.tflite").exists()

    def test_a_name_is_given_once(self, one: Store, other: Store) -> None:
        (other.folder / "v2").mkdir()
        (other.folder / "v2" / WEIGHTS_NAME).write_bytes(b"others")

        with pytest.raises(Conflict, match="Another version 'v2'"):
            other.share(other.folder / "v2", "v2")

    def test_again_it_is_the_same(self, one: Store) -> None:
        one.share(one.folder / "v2", "v2")

        assert shared(one).known() == {"v2": True}

    def test_of_two_of_one_name_ours_is_set_aside(
        self, one: Store, tmp_path: Path, storage_url: str
    ) -> None:
        third = machine(tmp_path / "third", storage_url, "v2")
        here = third.folder / "v2"
        (here / WEIGHTS_NAME).write_bytes(b"made here")
        write_card(here / CARD_NAME, card(version="v2", weights_sha256="ab" * 32))

        synchronise(third)

        assert (third.folder / "v2.not-shared" / WEIGHTS_NAME).read_bytes() == b"made here"
        synchronise(third)
        verify_weights(third.get("v2"))

    @pytest.mark.parametrize("fault", ["503", "half upload"])
    def test_half_of_an_upload_is_no_version_and_is_gone_on_with(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
    ) -> None:
        with faulty_store() as (port, faults):
            url = s3_url(monkeypatch, port=port)
            store = machine(tmp_path / "one", url, "v2")
            published = shared(store)
            first = next(path for path in (store.folder / "v2").iterdir())
            published.blobs.put("v2/of a trainer that was killed", first)
            faults.now = fault

            with pytest.raises(StorageUnavailable):
                store.share(store.folder / "v2", "v2")

            faults.now = None
            calm = replace(store, published=_without_pause(published))
            assert shared(calm).known() == {}
            calm.share(store.folder / "v2", "v2")
            assert shared(calm).known() == {"v2": True}


class TestRemoving:
    def test_it_goes_everywhere_and_its_number_is_not_given_again(
        self, one: Store, other: Store, tmp_path: Path
    ) -> None:
        synchronise(other)

        discard(one, ["v2"], compiled=tmp_path)
        synchronise(other)
        synchronise(one)

        assert one.versions() == other.versions() == ["v1"]
        assert one.next_version() == other.next_version() == "v3"
        assert [blob.key for blob in shared(one).blobs.list()] == [f"{INDEX}v2.removed"]

    def test_what_serves_somewhere_stays_there(
        self, one: Store, other: Store, tmp_path: Path
    ) -> None:
        synchronise(other)
        discard(one, ["v2"], compiled=tmp_path)

        synchronise(other, "v2")

        assert other.has_copy("v2")

    def test_one_of_this_machine_alone_is_not_deleted_for_another_of_its_name(
        self, one: Store, tmp_path: Path, storage_url: str
    ) -> None:
        discard(one, ["v2"], compiled=tmp_path)
        third = machine(tmp_path / "third", storage_url, "v2")
        (third.folder / "v2" / WEIGHTS_NAME).write_bytes(b"made here")

        synchronise(third)

        assert (third.folder / "v2.not-shared" / WEIGHTS_NAME).read_bytes() == b"made here"

    def test_one_that_serves_is_not_renamed_for_another_of_its_name(
        self, one: Store, tmp_path: Path, storage_url: str
    ) -> None:
        third = machine(tmp_path / "third", storage_url, "v2")
        here = third.folder / "v2"
        (here / WEIGHTS_NAME).write_bytes(b"made here")
        write_card(here / CARD_NAME, card(version="v2", weights_sha256="ab" * 32))

        synchronise(third, "v2")

        assert (here / WEIGHTS_NAME).read_bytes() == b"made here"


def _without_pause(published: PublishedVersions) -> PublishedVersions:
    """After the moment in which a store that failed is not asked again."""
    published.blobs.bucket.clock = lambda: float("inf")  # type: ignore[attr-defined]
    return published
