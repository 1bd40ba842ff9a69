"""Wherever a process is killed, files and rows agree after the next look at the folder."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.records.training_images import samples
from api.records.training_images.sample_filter import SampleFilter
from api.samples.collection import SampleCollection
from api.samples.folder_import import import_folder
from tests.samples.crashing import CONTENT, collection_in
from tests.samples.test_folder_import import names
from tests.samples.test_racing import files_agree_with_rows
from tests.support.checkpoints import run_python

SHA256 = hashlib.sha256(CONTENT).hexdigest()
Crash = Callable[[str], Iterator[tuple[Path, SampleCollection]]]


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each action, and in it one for each step at which it was killed."""
    folder = tmp_path_factory.mktemp("crashes")
    run_python("-m", "tests.samples.crashing", str(folder))
    return folder


@pytest.fixture
def crash(left_behind: Path) -> Crash:
    """What each step leaves, after the next server has looked at the folder."""

    def crashed(action: str) -> Iterator[tuple[Path, SampleCollection]]:
        steps = sorted((left_behind / action).iterdir(), key=lambda path: int(path.name))
        assert len(steps) > 2, "nothing was touched"
        for folder in steps:
            collection = collection_in(folder)
            _grow_old(collection.folder)
            import_folder(collection)
            yield folder, collection
            collection.database.dispose()

    return crashed


def _grow_old(folder: Path) -> None:
    """What changed just now is left alone for some seconds."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (1, 1))


def is_anywhere(folder: Path) -> bool:
    return any(
        SHA256 in path.name or path.read_bytes() == CONTENT
        for path in folder.rglob("*")
        if path.is_file()
    )


class TestCrashes:
    def test_of_a_deletion_it_is_there_whole_or_gone_whole(self, crash: Crash) -> None:
        there = []
        for folder, collection in crash("deleting"):
            assert files_agree_with_rows(collection), folder
            there.append(samples.find(collection.database, SHA256, task="pneumonia") is not None)
            assert is_anywhere(folder) == there[-1], folder

        assert (there[0], there[-1]) == (True, False)
        # Once gone it stays gone, however far the process came.
        assert there == sorted(there, reverse=True)

    def test_of_a_relabelling_it_has_one_class_and_one_file(self, crash: Crash) -> None:
        labels = []
        for folder, collection in crash("relabelling"):
            assert files_agree_with_rows(collection), folder
            labels.append(samples.get(collection.database, SHA256, task="pneumonia").label)
            assert samples.get(collection.database, SHA256, task="pneumonia").disputed is None

        assert (labels[0], labels[-1]) == ("Normal", "COVID-19")

    @pytest.mark.parametrize("action", ["uploading", "picking_up"])
    def test_of_an_image_that_comes_it_is_there_whole_or_not(
        self, crash: Crash, action: str
    ) -> None:
        for folder, collection in crash(action):
            assert files_agree_with_rows(collection), folder
            records = samples.everything(collection.database, SampleFilter(), task="pneumonia")
            if action == "picking_up":
                assert len(records) == 1, folder
                assert len(names(collection)) == 1, folder
