"""Who serves: one file that remembers every move."""

import threading
from pathlib import Path

import pytest

from api.errors import Conflict, InvalidCheckpoint, StorageFailed
from api.registry.card import write_card
from api.registry.champion import FILE_NAME, LOCK_NAME, Alias
from api.registry.store import Store
from tests.cards import card


def moved(alias: Alias, *versions: str, first: str = "v1") -> None:
    """Move through `versions`, as the API would, from the default `first` on."""
    for version in versions:
        previous = alias.current() or first
        alias.move(version, previous=previous, by="test", reason="because")


def rolled_back(alias: Alias) -> None:
    """Go back, as the API would."""
    target = alias.rollback_target()
    assert target is not None
    alias.move(target, previous=alias.current(), by="test", reason="r", kind="rollback")


class TestMoving:
    def test_without_a_file_the_default_serves(self, tmp_path: Path) -> None:
        assert Alias(tmp_path).current() is None
        assert Alias(tmp_path).history() == []

    def test_the_last_move_counts_and_all_are_kept(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path / "new" / "folder")

        moved(alias, "v2", "v3")

        assert alias.current() == "v3"
        assert [(m.version, m.previous, m.by, m.reason) for m in alias.history()] == [
            ("v2", "v1", "test", "because"),
            ("v3", "v2", "test", "because"),
        ]

    def test_simultaneous_moves_are_all_kept(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        threads = [threading.Thread(target=moved, args=(alias, f"v{n}")) for n in range(2, 10)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {move.version for move in alias.history()} == {f"v{n}" for n in range(2, 10)}

    @pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'[{"version": 3}]', b"\xff\xfe"])
    def test_a_damaged_file_is_refused_and_not_overwritten(
        self, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / FILE_NAME).write_bytes(content)

        with pytest.raises(InvalidCheckpoint, match="is damaged"):
            Alias(tmp_path).current()
        with pytest.raises(InvalidCheckpoint):
            Alias(tmp_path).move("v2", previous=None, by="test", reason="r")
        assert (tmp_path / FILE_NAME).read_bytes() == content

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

    def test_the_same_promotion_undone_by_three_at_once_breaks_nothing(
        self, tmp_path: Path
    ) -> None:
        alias = Alias(tmp_path)
        moved(alias, "v2")

        for _ in range(3):
            alias.move("v1", previous="v2", by="test", reason="r", kind="rollback")

        assert (alias.current(), alias.rollback_target()) == ("v1", None)
        moved(alias, "v3")
        assert alias.rollback_target() == "v1"


class TestPromotionAfterAComparison:
    def test_it_is_refused_when_the_champion_changed_meanwhile(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        store = Store(tmp_path, tmp_path / "default.h5", "pneumonia")
        for version in ("v1", "v2", "v3"):
            publish(store, version)
        moved(alias, "v2")

        alias.move("v3", previous="v2", by="job", reason="r", only_if_champion=store)
        assert alias.current() == "v3"
        with pytest.raises(Conflict, match="The champion is v3 by now, no longer v2"):
            alias.move("v1", previous="v2", by="job", reason="r", only_if_champion=store)

        assert alias.current() == "v3"


def publish(store: Store, version: str) -> None:
    """A version with a card and weights that nobody loads."""
    with store.workspace("test") as workspace:
        (workspace / "model.h5").write_bytes(b"weights")
        write_card(workspace / "card.json", card(version=version))
        store.publish(workspace, version)
