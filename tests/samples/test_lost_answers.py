"""The records do not say whether a film is stored: its file and its row agree all the same."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from api.errors import OutcomeUnknown
from api.records.database import open_database
from api.records.training_images import samples
from api.samples.collection import SampleCollection
from api.samples.curation import delete, read_image, relabel
from api.samples.erasing.erasure import finish_erasures
from api.samples.erasing.unregistered import sweep
from api.samples.folder_import import import_folder
from api.storage.folder_store import FolderStore
from tests.samples.test_racing import files_agree_with_rows
from tests.support import images
from tests.support.database_relay import Way, relayed
from tests.support.databases import postgres
from tests.support.postgres import programs

pytestmark = pytest.mark.skipif(
    programs() is None and not os.environ.get("CI"), reason="PostgreSQL is not installed"
)
CONTENT = images.png(1)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SHARED = [False, True]


@pytest.fixture(params=SHARED, ids=["folder", "store"])
def filled(
    request: pytest.FixtureRequest, collection: SampleCollection, tmp_path: Path
) -> Iterator[tuple[SampleCollection, Way]]:
    """A collection whose records are behind a network, and what goes wrong on it."""
    server = postgres()
    url = server.create()
    with ExitStack() as opened:
        behind, way = opened.enter_context(relayed(server, url))
        database = open_database(behind, timeout_s=5)
        opened.callback(database.dispose)
        store = FolderStore(tmp_path / "shared") if request.param else None
        yield replace(collection, database=database, store=store, retained=None), way
    server.drop(url)


def add(collection: SampleCollection) -> str:
    return collection.add(CONTENT, filename="a.png", label="Normal").outcome


def look_later(collection: SampleCollection) -> None:
    """What a server does by itself after a while."""
    if collection.store is not None:
        sweep(collection, older_than_s=0)
        return
    for path in filter(Path.is_file, collection.folder.rglob("*")):
        os.utime(path, (1, 1))
    import_folder(collection)


def is_stored(collection: SampleCollection) -> bool:
    return samples.find(collection.database, SHA256, task="pneumonia") is not None


class TestAnUpload:
    def test_a_film_whose_row_came_about_keeps_its_file(
        self, filled: tuple[SampleCollection, Way]
    ) -> None:
        collection, way = filled
        way.lost, way.after = "answer", b"INSERT INTO samples"

        with pytest.raises(OutcomeUnknown, match="try again"):
            add(collection)

        way.lost = None
        assert is_stored(collection)
        assert read_image(collection, SHA256) == CONTENT
        assert add(collection) == "duplicate"
        assert files_agree_with_rows(collection)

    def test_a_film_whose_row_did_not_is_gone_at_last(
        self, filled: tuple[SampleCollection, Way]
    ) -> None:
        collection, way = filled
        # Records that know nothing may be those of another store.
        collection.add(images.png(2), filename="b.png", label="Normal")
        way.lost, way.after = "commit", b"INSERT INTO samples"

        with pytest.raises(OutcomeUnknown):
            add(collection)

        way.lost = None
        assert not is_stored(collection)
        if collection.store is not None:
            # The film's lock may be somebody else's by now, so that it is left for later.
            look_later(collection)
        assert files_agree_with_rows(collection)
        assert add(collection) == "stored"


class TestAChange:
    @pytest.mark.parametrize("lost", ["answer", "commit"])
    def test_a_relabelled_film_has_one_file_at_last(
        self, filled: tuple[SampleCollection, Way], lost: str
    ) -> None:
        collection, way = filled
        add(collection)
        way.lost, way.after = lost, b"UPDATE samples"  # type: ignore[assignment]

        with pytest.raises(OutcomeUnknown):
            relabel(collection, SHA256, "COVID-19", remark="")

        way.lost = None
        assert read_image(collection, SHA256) == CONTENT
        look_later(collection)
        assert files_agree_with_rows(collection)

    @pytest.mark.parametrize("lost", ["answer", "commit"])
    def test_a_deleted_film_is_there_whole_or_gone_whole(
        self, filled: tuple[SampleCollection, Way], lost: str
    ) -> None:
        collection, way = filled
        add(collection)
        way.lost, way.after = lost, b"DELETE FROM samples"  # type: ignore[assignment]

        with pytest.raises(OutcomeUnknown):
            delete(collection, SHA256, remark="")

        way.lost = None
        finish_erasures(collection, "Normal")
        assert is_stored(collection) is (lost == "commit")
        assert files_agree_with_rows(collection)
