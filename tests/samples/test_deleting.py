"""A film that was deleted is gone, and does not come back by itself."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.errors import NotFound, StorageFailed, StorageUnavailable, StoreBusy
from api.records.database import open_database
from api.records.training_images import sample_history, samples
from api.records.training_images.sample_filter import SampleFilter
from api.records.upkeep.latent_files import latent_path
from api.samples.collection import SampleCollection
from api.samples.curation import delete, read_image, relabel
from api.samples.erasing.erasure import NOT_TAKEN, finish_erasures
from api.samples.folder_import import LOCK_NAME, import_folder
from api.samples.image_retention import RetainedImages
from api.samples.outcomes import Provenance
from api.storage.folder_store import FolderStore
from tests.samples.test_folder_import import names, put
from tests.support import images
from tests.support.databases import records_url
from tests.support.locked_database import locked
from tests.support.stores import only_folders
from tests.support.waiting import wait_until

CONTENT = images.png(1)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def collection(collection: SampleCollection, tmp_path: Path) -> SampleCollection:
    """One that knows where activations and kept films lie, with one film in it."""
    full = replace(
        collection, latents=tmp_path / "latents", retained=FolderStore(tmp_path / "kept")
    )
    full.add(CONTENT, filename="a.png", label="Normal")
    return full


def anywhere(folder: Path, collection: SampleCollection) -> list[str]:
    """Files that hold the film or are named by it, below a folder and in the store."""
    homes = filter(None, (FolderStore(folder), collection.store))
    return [
        blob.key
        for home in homes
        for blob in home.list()
        if SHA256 in blob.key or home.get(blob.key) == CONTENT
    ]


@dataclass(frozen=True)
class Away(FolderStore):
    """A store that answers nothing but lists."""

    def delete(self, *keys: str) -> None:
        raise StorageUnavailable("The store does not answer.")


class TestDeleting:
    def test_what_cannot_be_deleted_is_said_after_the_rest_is(
        self, collection: SampleCollection, tmp_path: Path
    ) -> None:
        assert collection.latents
        path = latent_path(collection.latents / "one", SHA256)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"activations")
        unreachable = replace(collection, retained=Away(tmp_path / "kept"))

        with pytest.raises(StorageFailed, match=r"not all of its files yet .*does not answer"):
            delete(unreachable, SHA256, remark="")

        # It says what is left to do.
        assert len(anywhere(tmp_path, collection)) == 1
        finish_erasures(collection, "Normal")
        assert anywhere(tmp_path, collection) == []

    def test_file_row_activations_and_copies_are_gone(
        self, collection: SampleCollection, tmp_path: Path
    ) -> None:
        assert collection.latents
        assert collection.retained
        for home in ("one", "another"):
            path = latent_path(collection.latents / home, SHA256)
            path.parent.mkdir(parents=True)
            path.write_bytes(b"activations")
            path.with_name(f".tmp-17-{SHA256}").write_bytes(b"half-written")
        RetainedImages(collection.retained, "all", 30).keep(
            CONTENT, sha256=SHA256, decision="refer"
        )
        put(collection, f"{NOT_TAKEN}/COVID-19/other name.png", CONTENT)
        put(collection, f"COVID-19/{SHA256}.png", CONTENT)
        put(collection, f"finding/{SHA256}.png", CONTENT)

        delete(collection, SHA256, remark="withdrawn", by="key-1")

        assert anywhere(tmp_path, collection) == []
        assert samples.everything(collection.database, SampleFilter(), task="pneumonia") == []
        (change,) = sample_history.changes(collection.database, SHA256, task="pneumonia")
        assert (change.what, change.before, change.remark) == ("deleted", "Normal", "withdrawn")
        assert sample_history.deleted(collection.database, task="pneumonia") == {SHA256}

    def test_a_finding_of_unknown_kind_is_gone_too(
        self, collection: SampleCollection, tmp_path: Path
    ) -> None:
        relabel(collection, SHA256, "finding", remark="")

        delete(collection, SHA256, remark="")

        assert anywhere(tmp_path, collection) == []

    def test_others_keep_theirs(self, collection: SampleCollection) -> None:
        other = collection.add(images.png(2), filename="b.png", label="Normal")
        put(collection, f"{NOT_TAKEN}/Normal/c.png", images.png(3))

        delete(collection, SHA256, remark="")

        assert names(collection) == [f"{NOT_TAKEN}/Normal/c.png", f"Normal/{other.sha256}.png"]

    def test_a_disputed_image_can_be_deleted(self, collection: SampleCollection) -> None:
        collection.add(CONTENT, filename="b.png", label="COVID-19")

        delete(collection, SHA256, remark="")

        history = sample_history.changes(collection.database, SHA256, task="pneumonia")
        assert [change.what for change in history] == ["disputed", "deleted"]

    def test_twice_is_told_with_the_day(self, collection: SampleCollection) -> None:
        delete(collection, SHA256, remark="")

        for again in (
            lambda: delete(collection, SHA256, remark=""),
            lambda: relabel(collection, SHA256, "COVID-19", remark=""),
            lambda: read_image(collection, SHA256),
        ):
            with pytest.raises(NotFound, match=r"was deleted on \d{4}-"):
                again()

    def test_where_the_row_cannot_go_the_image_is_there_as_before(
        self, collection: SampleCollection
    ) -> None:
        with locked(collection.database), pytest.raises(StoreBusy):
            delete(collection, SHA256, remark="")

        assert names(collection) == [f"Normal/{SHA256}.png"]
        assert read_image(collection, SHA256) == CONTENT
        delete(collection, SHA256, remark="")
        assert names(collection) == []


class TestRelabelling:
    def test_where_the_row_cannot_change_there_is_one_file_as_before(
        self, collection: SampleCollection
    ) -> None:
        with locked(collection.database), pytest.raises(StoreBusy):
            relabel(collection, SHA256, "COVID-19", remark="")

        assert names(collection) == [f"Normal/{SHA256}.png"]
        assert read_image(collection, SHA256) == CONTENT


class TestComingBack:
    @pytest.mark.parametrize(
        "name", ["Normal/mine.png", f"Normal/{SHA256}.png", "covid/mine.png", "COVID-19/x.png"]
    )
    def test_from_the_folder_it_is_put_aside_with_the_reason(
        self, collection: SampleCollection, caplog: pytest.LogCaptureFixture, name: str
    ) -> None:
        delete(collection, SHA256, remark="withdrawn")
        put(collection, name, CONTENT)

        assert import_folder(collection) == {"rejected": 1}

        assert samples.everything(collection.database, SampleFilter(), task="pneumonia") == []
        assert [Path(name).name for name in names(collection)] == [Path(name).name]
        assert names(collection)[0].startswith(f"{NOT_TAKEN}/")
        assert "was deleted from the training films" in caplog.text
        assert "withdrawn" in caplog.text
        assert import_folder(collection) == {}

    def test_nor_in_another_encoding(self, collection: SampleCollection) -> None:
        delete(collection, SHA256, remark="")
        put(collection, "Normal/mine.jpg", images.jpeg(1))

        assert import_folder(collection) == {"rejected": 1}

    @pytest.mark.parametrize("origin", ["import", "feedback"])
    def test_nor_by_an_import_that_is_run_again_or_a_word_about_an_answer(
        self, collection: SampleCollection, origin: str
    ) -> None:
        delete(collection, SHA256, remark="")

        outcome = collection.add(
            CONTENT, filename="a.png", label="Normal", about=Provenance(origin=origin)
        )

        assert (outcome.outcome, outcome.sha256) == ("rejected", SHA256)
        assert "uploads it" in (outcome.reason or "")
        assert names(collection) == []

    def test_whoever_uploads_it_wants_it_and_is_told(self, collection: SampleCollection) -> None:
        delete(collection, SHA256, remark="by mistake")

        outcome = collection.add(
            CONTENT, filename="a.png", label="COVID-19", about=Provenance(origin="upload")
        )

        assert outcome.outcome == "stored"
        assert "deleted on" in (outcome.reason or "")
        assert "by mistake" in (outcome.reason or "")
        assert sample_history.deleted(collection.database, task="pneumonia") == set()
        put(collection, "COVID-19/copy.png", CONTENT)
        assert import_folder(collection) == {"duplicate": 1}

    def test_an_image_like_one_that_is_deleted_during_the_upload_is_stored(
        self, collection: SampleCollection
    ) -> None:
        known = collection.neighbours()
        delete(collection, SHA256, remark="")

        outcome = collection.add(images.jpeg(1), filename="b.jpg", label="Normal", known=known)

        assert outcome.outcome == "stored"

    def test_two_files_of_one_name_are_both_put_aside(self, collection: SampleCollection) -> None:
        for content in (b"one", b"two"):
            put(collection, "Normal/notes.txt", content)
            assert import_folder(collection) == {"rejected": 1}

        aside = sorted((collection.folder / NOT_TAKEN).rglob("notes*"))
        assert [path.read_bytes() for path in aside] == [b"two", b"one"]


class TestPickingUp:
    @pytest.mark.parametrize("name", [".deleted-.png", ".deleted-*.png", ".deleted-notes.txt"])
    def test_a_file_that_only_looks_like_a_deletion_that_was_cut_off_deletes_nothing(
        self, collection: SampleCollection, name: str
    ) -> None:
        assert collection.latents
        latent = latent_path(collection.latents / "home", SHA256)
        latent.parent.mkdir(parents=True)
        latent.write_bytes(b"activations")
        path = put(collection, f"Normal/{name}", b"mine")

        import_folder(collection)

        assert latent.exists()
        assert path.exists()
        assert read_image(collection, SHA256) == CONTENT

    @only_folders
    def test_an_upload_that_waits_for_the_records_keeps_its_file(
        self, collection: SampleCollection, tmp_path: Path
    ) -> None:
        """The folder is looked at while the file has no row yet."""
        patient = open_database(records_url(tmp_path), timeout_s=60)
        waiting = replace(collection, database=patient)
        content = images.png(2)
        path = collection.folder / f"Normal/{hashlib.sha256(content).hexdigest()}.png"
        with ThreadPoolExecutor(2) as pool:
            with locked(patient):
                upload = pool.submit(waiting.add, content, filename="b.png", label="Normal")
                wait_until(path.exists, "the file was there")
                os.utime(path, (1, 1))
                look = pool.submit(import_folder, waiting)
                wait_until((collection.folder / LOCK_NAME).exists, "the folder was looked at")

            assert upload.result().outcome == "stored"
            assert look.result() in ({}, {"duplicate": 1})
        patient.dispose()

        assert read_image(collection, path.stem) == content

    def test_a_name_that_is_another_images_hash_takes_nothing_away(
        self, collection: SampleCollection
    ) -> None:
        put(collection, f"COVID-19/{SHA256}.png", images.png(2))

        assert import_folder(collection) == {"stored": 1}
        assert len(names(collection)) == 2

    def test_what_a_relabelling_left_behind_replaces_a_file_that_is_lost(
        self, collection: SampleCollection
    ) -> None:
        collection.files.delete(f"Normal/{SHA256}.png")
        put(collection, f"COVID-19/{SHA256}.png", CONTENT)

        assert import_folder(collection) == {"duplicate": 1}
        assert names(collection) == [f"Normal/{SHA256}.png"]
        assert samples.get(collection.database, SHA256, task="pneumonia").disputed is None
