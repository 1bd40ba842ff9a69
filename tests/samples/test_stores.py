"""Training films in a store that several machines share: a folder, or a bucket."""

import hashlib
import io
import os
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest

from api.errors import NotFound, StorageUnavailable
from api.inputs.images.decoding import Limits
from api.inputs.images.description import describe
from api.inputs.images.preprocessing import PreprocessingSpec
from api.records.training_images import samples
from api.records.training_images.sample_filter import SampleFilter
from api.records.upkeep.latent_files import latent_key, latent_path
from api.samples.collection import SampleCollection
from api.samples.curation import archive, delete, read_image, relabel, withdraw
from api.samples.erasing.elsewhere import forget_erased_elsewhere
from api.samples.erasing.erasure import DOOMED_PREFIX, finish_erasures
from api.samples.erasing.set_aside import drop_old, listed, read_set_aside, restore_sample
from api.samples.folder_import import import_folder
from api.samples.image_retention import RetainedImages
from api.samples.upload import add_upload
from api.settings import Settings
from api.storage.content_cache import ContentCache
from api.storage.folder_store import FolderStore
from api.storage.places import cache_of, places
from tests.samples.test_folder_import import put
from tests.support import images
from tests.support.faulty_store import faulty_store
from tests.support.s3_server import s3_url
from tests.support.s3_server import storage_url as storage_url

CONTENT = images.png(1)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = f"Normal/{SHA256}.png"


def shared(collection: SampleCollection, settings: Settings) -> SampleCollection:
    stores = places(settings, "pneumonia")
    return replace(collection, store=stores.samples, retained=stores.retained)


@pytest.fixture
def settings_here(storage_url: str, tmp_path: Path) -> Settings:
    return Settings(storage_url=storage_url, state_dir=tmp_path / "state")


@pytest.fixture
def cache(settings_here: Settings) -> ContentCache:
    return cache_of(settings_here)


@pytest.fixture
def filled(
    collection: SampleCollection, settings_here: Settings, tmp_path: Path
) -> SampleCollection:
    """With one film in it."""
    found = replace(shared(collection, settings_here), latents=tmp_path / "latents")
    assert found.add(CONTENT, filename="a.png", label="Normal").outcome == "stored"
    return found


def stored(filled: SampleCollection) -> list[str]:
    return [blob.key for blob in filled.files.list()]


def rows(filled: SampleCollection) -> list[str]:
    found = samples.everything(filled.database, SampleFilter(), task="pneumonia")
    return [record.file for record in found]


class TestSamples:
    def test_an_image_is_in_the_store_and_not_in_the_folder(self, filled: SampleCollection) -> None:
        assert stored(filled) == rows(filled) == [FILE]
        assert not filled.folder.exists()
        assert read_image(filled, SHA256) == CONTENT
        record = samples.get(filled.database, SHA256, task="pneumonia")
        assert FILE.encode() in b"".join(archive(filled, [record]))

    def test_again_a_lost_file_comes_back(self, filled: SampleCollection) -> None:
        filled.files.delete(FILE)

        assert filled.add(CONTENT, filename="b.png", label="Normal").outcome == "duplicate"

        assert read_image(filled, SHA256) == CONTENT

    def test_relabelled_it_has_one_file(self, filled: SampleCollection) -> None:
        relabel(filled, SHA256, "COVID-19", remark="")

        assert stored(filled) == rows(filled) == [f"COVID-19/{SHA256}.png"]

    def test_withdrawn_its_content_is_given_back(self, filled: SampleCollection) -> None:
        assert withdraw(filled, SHA256) == CONTENT

        assert stored(filled) == rows(filled) == []

    def test_deleted_nothing_is_left_of_it_here_and_there(
        self, filled: SampleCollection, tmp_path: Path, cache: ContentCache
    ) -> None:
        assert filled.retained
        assert filled.latents
        read_image(filled, SHA256)
        filled.retained.put("hash of the DICOM film", CONTENT)
        RetainedImages(filled.retained, "all", 30).keep(CONTENT, sha256=SHA256, decision="refer")
        filled.files.put(f"COVID-19/{SHA256}.png", CONTENT)
        put(filled, ".not-taken/Normal/mine.png", CONTENT)
        # Of before the store, and not moved there yet.
        put(filled, FILE, CONTENT)

        delete(filled, SHA256, remark="")

        assert stored(filled) == rows(filled) == []
        assert not list(filled.retained.list())
        assert cache.hashes() == set()
        assert not list(filled.folder.rglob("*.png"))

    def test_set_aside_it_comes_back_as_it_was(self, filled: SampleCollection) -> None:
        delete(filled, SHA256, remark="by mistake", restorable=True)
        assert [image.remark for image in listed(filled)] == ["by mistake"]
        assert read_set_aside(filled, SHA256) == CONTENT
        assert drop_old(filled) == 0

        restore_sample(filled, SHA256, by=None)

        assert stored(filled) == rows(filled) == [FILE]

    @pytest.mark.parametrize("has_row", [True, False])
    def test_a_deletion_that_was_cut_off_is_finished_or_taken_back(
        self, filled: SampleCollection, has_row: bool
    ) -> None:
        if not has_row:
            withdraw(filled, SHA256)
            filled.files.put(FILE, CONTENT)
        filled.files.move(FILE, f"Normal/{DOOMED_PREFIX}{SHA256}.png")

        finish_erasures(filled, "Normal")

        assert stored(filled) == rows(filled) == ([FILE] if has_row else [])


class TestTheFolder:
    def test_what_is_put_there_goes_into_the_store(self, filled: SampleCollection) -> None:
        content = images.png(2)
        path = put(filled, "Normal/mine.png", content)

        assert import_folder(filled) == {"stored": 1}

        assert not path.exists()
        assert read_image(filled, hashlib.sha256(content).hexdigest()) == content

    def test_samples_of_before_the_store_move_there(
        self, collection: SampleCollection, settings_here: Settings
    ) -> None:
        collection = replace(collection, store=None)
        collection.add(CONTENT, filename="a.png", label="Normal")
        os.utime(collection.folder / FILE, (1, 1))
        filled = shared(collection, settings_here)
        with pytest.raises(NotFound):
            read_image(filled, SHA256)

        assert import_folder(filled) == {"duplicate": 1}

        assert read_image(filled, SHA256) == CONTENT
        assert not (collection.folder / FILE).exists()
        assert import_folder(filled) == {}


class TestAnotherMachine:
    def test_what_it_erased_is_forgotten_here(
        self, filled: SampleCollection, cache: ContentCache, tmp_path: Path
    ) -> None:
        assert filled.latents
        elsewhere = replace(filled, latents=tmp_path / "of the other machine")
        latent = latent_path(filled.latents / "network", SHA256)
        latent.parent.mkdir(parents=True)
        latent.write_bytes(b"activations")
        cache.put(SHA256, CONTENT)
        assert forget_erased_elsewhere(filled, cache) == 0
        delete(elsewhere, SHA256, remark="")
        cache.put(SHA256, CONTENT)

        assert forget_erased_elsewhere(filled, cache) == 1

        assert not latent.exists()
        assert cache.hashes() == set()

    def test_activations_in_the_store_go_with_a_film(
        self, filled: SampleCollection, tmp_path: Path
    ) -> None:
        blobs = FolderStore(tmp_path / "latents of all")
        for sha256 in (SHA256, "f" * 64):
            blobs.put(latent_key(sha256, "network"), b"activations")

        delete(replace(filled, shared_latents=blobs), SHA256, remark="")

        assert [blob.key for blob in blobs.list()] == [latent_key("f" * 64, "network")]


class TestAStoreThatIsAway:
    def test_an_upload_is_refused_and_leaves_nothing(
        self, collection: SampleCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with faulty_store() as (port, faults):
            url = s3_url(monkeypatch, port=port)
            settings = Settings(storage_url=url, state_dir=tmp_path, storage_timeout_s=3.0)
            filled = shared(collection, settings)
            faults.now = "half upload"

            with pytest.raises(StorageUnavailable):
                filled.add(CONTENT, filename="a.png", label="Normal")

            assert rows(filled) == []

    def test_what_was_stored_before_is_told(
        self, collection: SampleCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with faulty_store() as (port, faults):
            url = s3_url(monkeypatch, port=port)
            settings = Settings(storage_url=url, state_dir=tmp_path, storage_timeout_s=3.0)
            filled = shared(collection, settings)

            def described(content: bytes, limits: Limits, spec: PreprocessingSpec) -> Any:
                """The store goes away at the second film."""
                faults.now = None if content == CONTENT else "503"
                return describe(content, limits, spec)

            late = replace(filled, describe=described)
            films = (CONTENT, images.png(2))
            sent: list[tuple[str, IO[bytes]]] = [("a.png", io.BytesIO(film)) for film in films]
            with pytest.raises(StorageUnavailable) as caught:
                add_upload(late, sent, label="Normal")

            assert "1 files before this one were stored" in caught.value.message
            assert [entry["outcome"] for entry in caught.value.errors] == ["stored"]
            assert rows(filled) == [FILE]

    def test_a_deletion_is_taken_back(
        self, collection: SampleCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with faulty_store() as (port, faults):
            url = s3_url(monkeypatch, port=port)
            settings = Settings(storage_url=url, state_dir=tmp_path, storage_timeout_s=3.0)
            filled = shared(collection, settings)
            filled.add(CONTENT, filename="a.png", label="Normal")
            faults.now = "503"

            with pytest.raises(StorageUnavailable):
                delete(filled, SHA256, remark="")

            faults.now = None
            assert rows(filled) == [FILE]

    def test_an_answer_does_not_fail_for_an_image_that_cannot_be_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with faulty_store() as (port, faults):
            url = s3_url(monkeypatch, port=port)
            settings = Settings(storage_url=url, state_dir=tmp_path, storage_timeout_s=3.0)
            retained = RetainedImages(places(settings, "pneumonia").retained, "all", 30)
            faults.now = "silent"

            retained.keep(CONTENT, sha256=SHA256, decision="refer")

            with pytest.raises(StorageUnavailable):
                retained.read(SHA256)
