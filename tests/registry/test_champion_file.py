"""`champion.json` with any content: nothing is lost, and the right thing is said of it."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.errors import AppError, InvalidCheckpoint, StorageFailed
from api.registry.champion import Alias
from api.registry.champion_file import BACKUP_NAME, FILE_NAME, back_up, is_backed_up
from api.registry.history import MoveKind
from api.registry.retention import expired
from tests.registry.stores import a_store
from tests.support.damaged_json import NOT_A_HISTORY, ONE
from tests.support.scarce import no_descriptors

DAMAGED = pytest.mark.parametrize("content", NOT_A_HISTORY, ids=range(len(NOT_A_HISTORY)))


@pytest.fixture
def alias(tmp_path: Path) -> Alias:
    """After v1, v2 and v3 served."""
    alias = Alias(tmp_path)
    for version, previous in (("v2", "v1"), ("v3", "v2")):
        alias.move(version, previous=previous, by="test", reason="because")
    return alias


def kept_aside(alias: Alias) -> list[Path]:
    return sorted(alias.folder.glob(f"{FILE_NAME}.damaged-*"))


class TestDamage:
    @DAMAGED
    def test_the_copy_is_followed_and_it_is_said(self, alias: Alias, content: bytes) -> None:
        history = alias.history()
        alias.path.write_bytes(content)

        found = alias.standing()

        assert found.history == history
        assert isinstance(found.problem, InvalidCheckpoint)
        assert f"'{FILE_NAME}' is damaged" in found.problem.message
        assert f"'{BACKUP_NAME}' is followed: v3 is the champion" in found.problem.message
        assert len(found.problem.message) < 600

    @DAMAGED
    def test_without_a_copy_it_is_refused_and_left_as_it_is(
        self, tmp_path: Path, content: bytes
    ) -> None:
        alias = Alias(tmp_path)
        alias.path.write_bytes(content)

        with pytest.raises(InvalidCheckpoint, match="is damaged"):
            alias.current()
        with pytest.raises(InvalidCheckpoint, match="set aside then, not removed"):
            alias.move("v2", previous="v1", by="test", reason="r")

        assert alias.path.read_bytes() == content

    def test_a_file_without_an_end_is_not_read_to_its_end(self, alias: Alias) -> None:
        with alias.path.open("wb") as file:
            file.truncate(200_000_000_000)

        assert "is larger than" in problem(alias).message

    @pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
    def test_what_is_no_file_is_not_waited_for(
        self, alias: Alias, make: Callable[[Path], None]
    ) -> None:
        alias.path.unlink()
        make(alias.path)

        assert "is damaged (it is not a file)" in problem(alias).message

    def test_a_damaged_copy_is_not_followed(self, alias: Alias) -> None:
        alias.path.write_bytes(b"[")
        alias.backup.write_bytes(b"[")

        with pytest.raises(InvalidCheckpoint, match="is damaged"):
            alias.standing()

    def test_versions_are_not_removed_by_a_copy(self, alias: Alias) -> None:
        store = a_store(alias.folder, "v1", "v2", "v3")
        alias.path.write_bytes(b"[")

        with pytest.raises(InvalidCheckpoint, match="is damaged"):
            expired(store, alias, keep=1)


class TestWhatIsNoDamage:
    def test_a_missing_file_is_called_missing(self, alias: Alias) -> None:
        alias.path.unlink()

        found = alias.standing()

        assert found.version == "v3"
        assert "is missing, although versions were promoted" in problem(alias).message
        assert "damaged" not in problem(alias).message

    def test_without_descriptors_it_is_said_and_nothing_moves(self, alias: Alias) -> None:
        before = alias.path.read_bytes()

        with no_descriptors():
            with pytest.raises(StorageFailed, match="Too many open files") as caught:
                alias.standing()
            with pytest.raises(StorageFailed):
                alias.move("v4", previous="v3", by="test", reason="r", sets_aside=True)

        assert "damaged" not in caught.value.message
        assert alias.path.read_bytes() == before
        assert alias.standing().problem is None

    def test_where_it_may_not_be_read_nothing_moves(self, alias: Alias) -> None:
        with unreadable(alias.path):
            found = problem(alias)
            with pytest.raises(StorageFailed, match="cannot be read"):
                alias.move("v4", previous="v3", by="test", reason="r", sets_aside=True)

        assert isinstance(found, StorageFailed)
        assert "damaged" not in found.message
        assert alias.standing().problem is None
        assert not kept_aside(alias)


class TestMovingOverDamage:
    @DAMAGED
    def test_the_damaged_file_is_set_aside_and_the_history_goes_on(
        self, alias: Alias, content: bytes
    ) -> None:
        history = alias.history()
        alias.path.write_bytes(content)

        note = alias.move("v4", by="test", reason="r")

        (aside,) = kept_aside(alias)
        assert aside.read_bytes() == content
        assert aside.name in note
        found = alias.standing()
        assert found.problem is None
        assert found.history[:-1] == history
        assert (found.history[-1].previous, found.history[-1].note) == ("v3", note)
        assert alias.rollback_target() == "v3"

    def test_so_is_a_folder(self, alias: Alias) -> None:
        alias.path.unlink()
        alias.path.mkdir()

        alias.move("v4", by="test", reason="r")

        assert kept_aside(alias)[0].is_dir()
        assert alias.current() == "v4"

    def test_one_after_the_other_is_kept(self, alias: Alias) -> None:
        for number in range(4, 8):
            alias.path.write_bytes(b"damage %d" % number)
            alias.move(f"v{number}", by="test", reason="r")

        assert {path.read_bytes() for path in kept_aside(alias)} == {
            b"damage %d" % number for number in range(4, 8)
        }

    def test_to_promote_the_champion_itself_only_mends_the_file(self, alias: Alias) -> None:
        history = alias.history()
        alias.path.write_bytes(b"[")

        note = alias.move("v3", by="test", reason="r")

        assert "is kept as" in note
        assert (alias.standing().history, alias.standing().problem) == (history, None)

    def test_a_rollback_goes_where_the_copy_says(self, alias: Alias) -> None:
        alias.path.write_bytes(b"[")

        alias.move("v2", previous="v3", by="test", reason="r", kind=MoveKind.ROLLBACK)

        assert (alias.current(), alias.rollback_target()) == ("v2", "v1")

    @pytest.mark.parametrize(("version", "previous"), [("v4", "v3"), ("v3", None)])
    def test_without_a_copy_what_serves_is_taken_for_the_champion(
        self, alias: Alias, version: str, previous: str | None
    ) -> None:
        alias.path.write_bytes(b"[")
        alias.backup.unlink()

        note = alias.move(version, by="test", reason="r", sets_aside=True, serving="v3")

        (move,) = alias.history()
        assert (move.version, move.previous) == (version, previous)
        assert "earlier moves are not known" in note
        assert len(kept_aside(alias)) == 1

    def test_who_compared_with_a_champion_moves_nothing_without_a_copy(self, alias: Alias) -> None:
        alias.path.write_bytes(b"[")
        alias.backup.unlink()

        with pytest.raises(InvalidCheckpoint):
            alias.move("v4", previous="v3", by="job", reason="r")

        assert alias.path.read_bytes() == b"["


class TestTheCopy:
    def test_it_is_made_where_a_former_release_made_none(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)
        alias.path.write_bytes(b"[" + ONE + b"]")

        alias.back_up()
        alias.path.write_bytes(b"[")

        assert alias.current() == "v2"

    def test_it_follows_a_file_that_was_restored(self, alias: Alias) -> None:
        alias.path.write_bytes(json.dumps(json.loads(alias.path.read_bytes())[:1]).encode())

        alias.back_up()
        alias.path.unlink()

        assert alias.current() == "v2"

    @pytest.mark.parametrize("content", [b"[", None])
    def test_of_a_file_that_is_not_sound_none_is_made(
        self, alias: Alias, content: bytes | None
    ) -> None:
        before = alias.backup.read_bytes()
        alias.path.unlink()
        if content:
            alias.path.write_bytes(content)

        alias.back_up()

        assert alias.backup.read_bytes() == before

    def test_where_it_cannot_be_written_the_move_is_made_all_the_same(self, alias: Alias) -> None:
        alias.backup.unlink()
        alias.backup.mkdir()

        alias.move("v4", previous="v3", by="test", reason="r")

        assert alias.current() == "v4"

    def test_somebody_else_who_moves_the_alias_is_not_waited_for(self, alias: Alias) -> None:
        alias.backup.unlink()

        with alias.locked(), ThreadPoolExecutor(1) as pool:
            pool.submit(alias.back_up).result()
        assert not alias.backup.exists()
        alias.back_up()

        assert alias.backup.read_bytes() == alias.path.read_bytes()

    def test_it_is_there_after_every_move_and_missed_when_it_is_gone_or_behind(
        self, alias: Alias
    ) -> None:
        copy = alias.folder / BACKUP_NAME
        assert is_backed_up(alias.folder)
        before = copy.read_bytes()

        copy.unlink()
        assert not is_backed_up(alias.folder)
        back_up(alias.folder)
        assert copy.read_bytes() == before
        copy.write_text(json.dumps(json.loads(before)[:-1]), encoding="utf-8")
        assert not is_backed_up(alias.folder)

    @pytest.mark.parametrize("content", [None, b"damaged"])
    def test_of_nothing_that_is_known_none_is_missed(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        if content:
            (tmp_path / FILE_NAME).write_bytes(content)

        assert is_backed_up(tmp_path)


def problem(alias: Alias) -> AppError:
    """What is wrong with the file, while its copy is followed."""
    found = alias.standing()
    assert found.version == "v3"
    assert found.problem
    return found.problem


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """A file that the system refuses to open, to root too."""
    content = path.read_bytes()
    path.unlink()
    path.symlink_to(path.name)
    yield
    path.unlink()
    path.write_bytes(content)
