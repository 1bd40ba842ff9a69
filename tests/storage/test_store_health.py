"""Whether a shared store answers, without anybody having to wait for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.errors import StorageFailed
from api.storage.folder_store import FolderStore
from api.storage.store_health import StoreHealth


@dataclass(frozen=True, slots=True)
class AskedStore(FolderStore):
    """What happens when it is asked can be chosen."""

    on_asked: Callable[[], None] = lambda: None

    def check(self) -> None:
        self.on_asked()


def test_a_store_that_was_not_asked_or_is_not_there_is_well() -> None:
    health = StoreHealth(None, silent_after_s=1)
    health.look()

    assert health.problem is None


def test_what_a_look_found_is_said_until_the_next_one(tmp_path: Path) -> None:
    problems = [StorageFailed("It is full.")]

    def refuse_once() -> None:
        if problems:
            raise problems.pop()

    health = StoreHealth(AskedStore(tmp_path, on_asked=refuse_once), silent_after_s=1)
    assert health.problem is None

    health.look()
    with pytest.raises(StorageFailed, match="full"):
        health.check()

    health.look()
    assert health.problem is None


def test_a_look_that_takes_too_long_is_a_store_that_does_not_answer(tmp_path: Path) -> None:
    moment, seen = [0.0], []

    def wait() -> None:
        for seconds in (9.0, 11.0):
            moment[0] = seconds
            seen.append(health.problem)

    health = StoreHealth(
        AskedStore(tmp_path, on_asked=wait), silent_after_s=10, clock=lambda: moment[0]
    )
    health.look()

    assert seen[0] is None
    assert "does not answer" in str(seen[1])
    assert health.problem is None
