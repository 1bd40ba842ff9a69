"""Films are looked after by one process of all, and no more often than is due."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from api.errors import StorageUnavailable
from api.samples.collection import SampleCollection
from api.settings import Settings
from api.storage.folder_store import FolderStore
from api.tasks.task import Task
from api.worker.image_upkeep import AGAIN_S, ALL_S, FOLDER_S, ImageUpkeep
from tests.samples.conftest import collection as collection


@dataclass
class Kept:
    """Kept films that count how often they are all looked at."""

    looks: int = 0
    fails: bool = False
    goes_on: list[bool] = field(default_factory=list)

    def drop_old(self, goes_on: Callable[[], bool]) -> int:
        self.looks += 1
        self.goes_on.append(goes_on())
        if self.fails:
            raise StorageUnavailable("The store is away; try again.")
        return 0


@dataclass
class Machine:
    """What a worker has of its tasks, and a clock."""

    upkeep: ImageUpkeep
    kept: Kept
    at_s: float = 0.0


Start = Callable[..., Machine]


@pytest.fixture
def start(task: Task, database: Engine, collection: SampleCollection, tmp_path: Path) -> Start:
    """A worker over films in a store (or in a folder), before its first look."""

    def started(*, shared: bool = True, is_closing: bool = False) -> Machine:
        url = str(tmp_path / "shared") if shared else ""
        settings = Settings(state_dir=tmp_path, storage_url=url)
        kept = Kept()
        store = FolderStore(tmp_path / "shared") if shared else None
        films = SimpleNamespace(collection=replace(collection, store=store), retained_images=kept)
        tasks: Any = Tasks([SimpleNamespace(task=task, storage=films)])
        tasks.settings, tasks.shared = settings, SimpleNamespace(database=database)
        machine = Machine(ImageUpkeep(tasks, lambda: is_closing, lambda: machine.at_s), kept)
        return machine

    return started


class Tasks(list[Any]):
    """As `ServedTasks` gives them."""


def test_one_of_two_does_it_until_it_leaves(start: Start) -> None:
    first, second = start(), start()

    first.upkeep.look()
    second.upkeep.look()
    assert (first.kept.looks, second.kept.looks) == (1, 0)

    first.upkeep.close()
    second.upkeep.look()
    assert (first.kept.looks, second.kept.looks) == (1, 1)
    second.upkeep.close()


@pytest.mark.parametrize(("shared", "every_s"), [(True, ALL_S), (False, FOLDER_S)])
def test_all_films_are_listed_no_more_often_than_is_due(
    start: Start, shared: bool, every_s: float
) -> None:
    machine = start(shared=shared)
    for moment, looks in ((0.0, 1), (every_s - 1, 1), (every_s, 2)):
        machine.at_s = moment
        machine.upkeep.look()
        assert machine.kept.looks == looks
    machine.upkeep.close()


def test_a_look_that_failed_comes_again_sooner(start: Start) -> None:
    machine = start()
    machine.kept.fails = True
    machine.upkeep.look()
    machine.kept.fails = False

    for moment, looks in ((AGAIN_S - 1, 1), (AGAIN_S, 2), (2 * AGAIN_S, 2)):
        machine.at_s = moment
        machine.upkeep.look()
        assert machine.kept.looks == looks
    machine.upkeep.close()


def test_a_long_list_ends_where_the_server_does(start: Start) -> None:
    machine = start(is_closing=True)

    machine.upkeep.look()

    assert machine.kept.goes_on == [False]
    machine.upkeep.close()
