"""Many who change the same films at once: nothing comes back, nothing is lost."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from api.errors import BlobNotFound, NotFound
from api.records.database import open_database
from api.records.training_images import sample_history, samples
from api.records.training_images.sample_filter import SampleFilter
from api.samples.collection import SampleCollection
from api.samples.curation import delete, read_image, relabel
from api.samples.folder_import import import_folder
from api.samples.outcomes import Provenance
from api.storage.folder_store import FolderStore
from tests.samples.test_folder_import import names, put
from tests.support import images
from tests.support.databases import records_url

PAIRS = 40
THREADS = 8


@pytest.fixture
def collection(collection: SampleCollection, tmp_path: Path) -> Iterator[SampleCollection]:
    """As a server has it: records that are waited for."""
    database = open_database(records_url(tmp_path / "state"), timeout_s=60)
    yield replace(collection, database=database)
    database.dispose()


@dataclass(frozen=True)
class Moved(FolderStore):
    """A store in which the file that is asked for first is somewhere else just then."""

    asked: list[str] = field(default_factory=list)

    def get(self, key: str, *, sha256: str | None = None) -> bytes:
        self.asked.append(key)
        if len(self.asked) == 1:
            raise BlobNotFound.of(key)
        return super().get(key, sha256=sha256)


def files_agree_with_rows(collection: SampleCollection) -> bool:
    """Each sample has its one file with its content, and there is no other."""
    records = samples.everything(collection.database, SampleFilter(), task="pneumonia")
    whole = all(
        hashlib.sha256(collection.files.get(r.file)).hexdigest() == r.sha256 for r in records
    )
    files = [name for name in names(collection) if not name.startswith(".not-taken/")]
    return whole and files == sorted(record.file for record in records)


def together(tasks: list[Callable[[], object]]) -> list[object]:
    """What each came to, an AppError included."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda task: _tried(task), tasks))


def _tried(task: Callable[[], object]) -> object:
    try:
        return task()
    except NotFound as exc:
        return exc


class TestDeletingAndRelabelling:
    def test_of_each_pair_the_deletion_wins_and_the_loser_is_told_that_it_is_gone(
        self, collection: SampleCollection
    ) -> None:
        contents = [images.noise(seed) for seed in range(PAIRS)]
        hashes = [hashlib.sha256(content).hexdigest() for content in contents]
        for content in contents:
            collection.add(content, filename="a.png", label="Normal")

        def deleting(sha256: str) -> Callable[[], object]:
            return lambda: delete(collection, sha256, remark="")

        def relabelling(sha256: str) -> Callable[[], object]:
            return lambda: relabel(collection, sha256, "COVID-19", remark="")

        # NotFound alone is caught: anything else would end the test.
        results = together([make(h) for h in hashes for make in (deleting, relabelling)])

        assert results[::2] == [None] * PAIRS
        assert names(collection) == []
        assert samples.everything(collection.database, SampleFilter(), task="pneumonia") == []
        assert sample_history.deleted(collection.database, task="pneumonia") == set(hashes)
        for content in contents:
            put(collection, f"Normal/{hashlib.sha256(content).hexdigest()}.png", content)
        assert import_folder(collection) == {"rejected": PAIRS}

    def test_of_two_deletions_one_is_told_that_it_is_gone(
        self, collection: SampleCollection
    ) -> None:
        sha256 = str(collection.add(images.png(), filename="a.png", label="Normal").sha256)

        results = together([lambda: delete(collection, sha256, remark="")] * 6)

        assert sorted(map(str, map(type, results))) == sorted(
            map(str, [type(None)] + [NotFound] * 5)
        )
        history = sample_history.changes(collection.database, sha256, task="pneumonia")
        assert [change.what for change in history] == ["deleted"]


class TestEverythingAtOnce:
    def test_files_and_rows_agree_at_the_end(self, collection: SampleCollection) -> None:
        contents = [images.png(1), images.jpeg(1), images.png(2)]
        hashes = [hashlib.sha256(content).hexdigest() for content in contents]

        def work(number: int) -> None:
            content, sha256 = contents[number % 3], hashes[number % 3]
            label = ("Normal", "COVID-19")[number // 3 % 2]
            origin = ("upload", "import", "feedback")[number % 5 % 3]
            about = Provenance(origin=origin)
            with suppress(NotFound):
                match number // 6 % 4:
                    case 0:
                        collection.add(content, filename="a", label=label, about=about)
                    case 1:
                        relabel(collection, sha256, label, remark="")
                    case 2:
                        delete(collection, sha256, remark="")
                    case _:
                        put(collection, f"{label}/by-hand-{number}.png", content)
                        import_folder(collection)

        together([lambda n=n: work(n) for n in range(150)])  # type: ignore[misc]
        import_folder(collection)

        assert files_agree_with_rows(collection)

    def test_whoever_reads_an_image_while_it_is_relabelled_gets_it(
        self, collection: SampleCollection
    ) -> None:
        content = images.png()
        sha256 = str(collection.add(content, filename="a.png", label="Normal").sha256)
        labels = ["COVID-19", "Normal"] * 10

        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(
                lambda: [relabel(collection, sha256, label, remark="") for label in labels]
            )
            while not moving.done():
                assert read_image(collection, sha256) == content
            moving.result()

        assert files_agree_with_rows(collection)

    def test_a_file_that_is_elsewhere_for_a_moment_is_not_gone(
        self, collection: SampleCollection
    ) -> None:
        """There and back again between two looks at its row."""
        moved = replace(collection, store=Moved(collection.folder))
        sha256 = str(moved.add(images.png(), filename="a.png", label="Normal").sha256)

        assert read_image(moved, sha256) == images.png()
