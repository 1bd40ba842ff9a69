"""Who serves: one file that remembers every move."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.errors import Conflict, StorageFailed, StoreBusy
from api.registry.champion import LOCK_NAME, Alias, champion_of
from api.registry.history import MoveKind
from tests.registry.stores import a_store


def moved(alias: Alias, *versions: str, first: str = "v1") -> None:
    """Move through `versions`, as the API would, from the default `first` on."""
    for version in versions:
        previous = alias.current() or first
        alias.move(version, previous=previous, by="test", reason="because")


def rolled_back(alias: Alias) -> None:
    """Go back, as the API would."""
    target = alias.rollback_target()
    assert target is not None
    alias.move(target, previous=alias.current(), by="test", reason="r", kind=MoveKind.ROLLBACK)


class TestMoving:
    def test_without_a_file_the_default_serves(self, tmp_path: Path) -> None:
        assert Alias(tmp_path).current() is None
        assert Alias(tmp_path).history() == ()

    def test_the_last_move_counts_and_all_are_kept(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path / "new" / "folder")

        moved(alias, "v2", "v3")

        assert alias.current() == "v3"
        assert [(m.version, m.previous, m.by, m.reason) for m in alias.history()] == [
            ("v2", "v1", "test", "because"),
            ("v3", "v2", "test", "because"),
        ]

    def test_simultaneous_moves_are_all_kept(self, tmp_path: Path) -> None:
        alias, store = Alias(tmp_path), a_store(tmp_path, *(f"v{n}" for n in range(1, 10)))

        with ThreadPoolExecutor(8) as pool:
            for number in range(2, 10):
                pool.submit(alias.move, f"v{number}", by="test", reason="r", store=store)

        history = alias.history()
        assert {move.version for move in history} == {f"v{n}" for n in range(2, 10)}
        assert [move.previous for move in history[1:]] == [move.version for move in history[:-1]]

    def test_to_the_champion_nothing_moves(self, tmp_path: Path) -> None:
        alias, store = Alias(tmp_path), a_store(tmp_path, "v1", "v2")

        with pytest.raises(Conflict, match="'v1' is the champion already"):
            alias.move("v1", by="test", reason="r", store=store)
        moved(alias, "v2")
        with pytest.raises(Conflict, match="'v2' is the champion already"):
            alias.move("v2", by="test", reason="r", store=store)

        assert len(alias.history()) == 1

    def test_a_version_that_was_removed_meanwhile_is_refused(self, tmp_path: Path) -> None:
        alias, store = Alias(tmp_path), a_store(tmp_path, "v1")

        with pytest.raises(Conflict, match="'v2' was removed meanwhile"):
            alias.move("v2", by="test", reason="r", store=store)

    def test_a_lock_that_is_never_given_back_is_not_waited_for_for_ever(
        self, tmp_path: Path
    ) -> None:
        alias = Alias(tmp_path)

        with (
            alias.locked(),
            ThreadPoolExecutor(1) as pool,
            pytest.raises(StoreBusy, match="changed by somebody else"),
        ):
            pool.submit(entered, alias).result()

    def test_an_unwritable_folder_is_a_storage_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")

        with pytest.raises(StorageFailed):
            Alias(tmp_path / "file" / "below").move("v2", previous=None, by="test", reason="r")

    def test_a_lock_that_cannot_be_taken_is_a_storage_error(self, tmp_path: Path) -> None:
        (tmp_path / LOCK_NAME).mkdir()

        with pytest.raises(StorageFailed):
            moved(Alias(tmp_path), "v2")


class TestRollback:
    def test_without_a_move_there_is_nothing_to_go_back_to(self, tmp_path: Path) -> None:
        assert Alias(tmp_path).rollback_target() is None

    def test_after_the_first_promotion_it_is_the_default(self, tmp_path: Path) -> None:
        moved(Alias(tmp_path), "v2")

        assert Alias(tmp_path).rollback_target() == "v1"

    def test_a_second_rollback_goes_one_step_further_back(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        moved(alias, "v2", "v3")

        rolled_back(alias)
        assert alias.current() == "v2"
        rolled_back(alias)

        assert alias.current() == "v1"
        assert alias.rollback_target() is None

    def test_what_was_rolled_back_from_is_no_target(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        moved(alias, "v2", "v3")
        rolled_back(alias)
        moved(alias, "v4")

        assert alias.rollback_target() == "v2"

    def test_promoting_an_old_version_by_hand_can_be_undone_too(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        moved(alias, "v2", "v1")

        assert alias.rollback_target() == "v2"

    def test_without_a_sound_default_the_first_promotion_has_no_target(
        self, tmp_path: Path
    ) -> None:
        Alias(tmp_path).move("v2", previous=None, by="test", reason="r")

        assert Alias(tmp_path).rollback_target() is None

    def test_the_same_promotion_is_undone_once(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        moved(alias, "v2", "v3")
        rolled_back(alias)

        with pytest.raises(Conflict, match="The champion is v2 by now, no longer v3"):
            alias.move("v2", previous="v3", by="test", reason="r", kind=MoveKind.ROLLBACK)

        assert alias.rollback_target() == "v1"

    def test_it_goes_nowhere_else(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        moved(alias, "v2", "v3", "v4")

        with pytest.raises(Conflict, match="does not go to v2"):
            alias.move("v2", previous="v4", by="test", reason="r", kind=MoveKind.ROLLBACK)


class TestPromotionAfterAComparison:
    def test_it_is_refused_when_the_champion_changed_meanwhile(self, tmp_path: Path) -> None:
        alias, store = Alias(tmp_path), a_store(tmp_path, "v1", "v2", "v3")
        moved(alias, "v2")

        alias.move("v3", previous="v2", by="job", reason="r", store=store)
        assert alias.current() == "v3"
        with pytest.raises(Conflict, match="The champion is v3 by now, no longer v2"):
            alias.move("v1", previous="v2", by="job", reason="r", store=store)

        assert alias.current() == "v3"

    def test_of_the_default_it_is_refused_when_that_is_another_one_by_now(
        self, tmp_path: Path
    ) -> None:
        alias, store = Alias(tmp_path), a_store(tmp_path, "v5", "v6")

        with pytest.raises(Conflict, match="The champion is v5 by now, no longer v1"):
            alias.move("v6", previous="v1", by="job", reason="r", store=store)


def entered(alias: Alias) -> None:
    """Take the lock for a moment, soon."""
    with alias.locked(timeout_s=0.1):
        pass


class TestTheChampion:
    def test_it_is_the_default_until_a_version_is_promoted(self, tmp_path: Path) -> None:
        alias, store = Alias(tmp_path), a_store(tmp_path, "v1", "v2")
        before = champion_of(store, alias)

        moved(alias, "v2")

        assert (before.card.version, before.weights) == ("v1", store.default_weights)
        assert champion_of(store, alias).card.version == "v2"
