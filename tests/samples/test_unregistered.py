"""Films in a store that no record knows."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from api.samples.collection import SampleCollection
from api.samples.erasing.unregistered import MAX_LEFT, find, sweep
from api.settings import Settings
from api.storage.places import places
from tests.support import images
from tests.support.s3_server import storage_url as storage_url

LOST = f"Normal/{'a' * 64}.png"


def stored(filled: SampleCollection) -> set[str]:
    return {blob.key for blob in filled.files.list()}


@pytest.fixture
def filled(collection: SampleCollection, storage_url: str, tmp_path: Path) -> SampleCollection:
    """A store with one film that has a row."""
    settings = Settings(storage_url=storage_url, state_dir=tmp_path / "state")
    stores = places(settings, "pneumonia")
    found = replace(collection, store=stores.samples, retained=stores.retained)
    found.add(images.png(1), filename="a.png", label="Normal")
    return found


class TestASweep:
    def test_what_an_upload_left_goes_after_its_time_and_nothing_else(
        self, filled: SampleCollection
    ) -> None:
        before = stored(filled)
        others = {f"Normal/{name}" for name in (f".deleted-{'b' * 64}.png", "notes.txt")}
        aside = f".deleted/{'c' * 64}.png"
        for key in (LOST, aside, *others):
            filled.files.put(key, b"a film")

        assert sweep(filled) == 0
        assert LOST in stored(filled)

        assert sweep(filled, older_than_s=0) == 1

        assert stored(filled) == before | others | {aside}

    def test_a_film_that_is_stored_meanwhile_stays(self, filled: SampleCollection) -> None:
        content = images.png(2)
        key = f"Normal/{hashlib.sha256(content).hexdigest()}.png"
        filled.files.put(key, content)

        def store_it() -> bool:
            """After the list was begun, as on another machine."""
            return filled.add(content, filename="b.png", label="Normal").outcome == "stored"

        assert sweep(filled, older_than_s=0, goes_on=store_it) == 0
        assert key in stored(filled)

    def test_a_copy_in_another_class_goes_or_takes_the_place_of_a_lost_file(
        self, filled: SampleCollection
    ) -> None:
        (own,) = stored(filled)
        copy = own.replace("Normal", "COVID-19")
        filled.files.put(copy, images.png(1))

        assert sweep(filled, older_than_s=0) == 1
        assert stored(filled) == {own}

        filled.files.move(own, copy)
        assert sweep(filled, older_than_s=0) == 1
        assert stored(filled) == {own}

    def test_records_that_know_no_film_of_the_store_remove_none(
        self, filled: SampleCollection, caplog: pytest.LogCaptureFixture
    ) -> None:
        """As where a database is new, or of another store."""
        for number in range(3):
            filled.files.put(f"Normal/{number:064x}.png", b"a film")

        assert sweep(filled, older_than_s=0) == 0

        assert len(stored(filled)) == 4
        assert "is this the database of this store?" in caplog.text

    def test_no_more_are_remembered_than_may_go(self, filled: SampleCollection) -> None:
        for number in range(MAX_LEFT + 3):
            filled.files.put(f"Normal/{number:064x}.png", b"a film")

        found = find(filled, older_than_s=0)

        assert len(found.lost) == MAX_LEFT + 1
        assert found.may_go == ()

    def test_in_a_folder_nothing_is_removed(self, filled: SampleCollection) -> None:
        folder = replace(filled, store=None)
        (folder.folder / "Normal").mkdir(parents=True)
        (folder.folder / LOST).write_bytes(b"a film")

        assert sweep(folder, older_than_s=0) == 0
        assert (folder.folder / LOST).is_file()
