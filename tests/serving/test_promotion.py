"""The champion moved by hand: by many threads, several servers, on files in any state."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.errors import AppError, Conflict, InvalidCheckpoint, NotFound
from api.registry.retention import discard
from api.registry.store import Checkpoint
from api.serving.engine import Engine
from api.serving.promotion import Promoter
from tests.serving.promoters import check, moved, served
from tests.serving.servers import a_server, engine_of
from tests.support.scarce import no_descriptors
from tests.support.waiting import wait_until


class TestPromoting:
    def test_it_serves_at_once(self, server: Promoter) -> None:
        assert server.promote("v2", reason="r") == ""

        assert served(server) == "v2"

    def test_the_champion_itself_is_refused(self, server: Promoter) -> None:
        with pytest.raises(Conflict, match="'v1' is the champion already"):
            server.promote("v1", reason="r")

        server.promote("v2", reason="r")
        with pytest.raises(Conflict, match="'v2' is the champion already"):
            server.promote("v2", reason="r")

    def test_a_doubled_click_does_not_take_the_rollback_away(self, tmp_path: Path) -> None:
        """Both have seen v1 serve, and proven v2, before either of them moves."""
        one, other = together(tmp_path)

        results = at_once(
            lambda: one.promote("v2", reason="r"), lambda: other.promote("v2", reason="r")
        )

        assert sorted(results) == ["", "Version 'v2' is the champion already."]
        assert len(one.overview().history) == 1
        assert other.rollback(reason="r") == "v1"

    def test_of_two_versions_at_once_the_later_one_replaces_the_other(self, tmp_path: Path) -> None:
        one, other = together(tmp_path)

        at_once(lambda: one.promote("v2", reason="r"), lambda: other.promote("v3", reason="r"))

        history = one.overview().history
        assert check(history) == one.champion()
        assert one.overview().rollback_target == history[0].version

    def test_a_version_that_nobody_knows_is_not_found(self, server: Promoter) -> None:
        with pytest.raises(NotFound):
            server.promote("v9", reason="r")


class TestRollingBack:
    def test_one_after_the_other_walks_two_steps(self, server: Promoter) -> None:
        for version in ("v2", "v3"):
            server.promote(version, reason="r")

        assert server.rollback(reason="r") == "v2"
        assert server.rollback(reason="r") == "v1"

        with pytest.raises(Conflict, match="no earlier champion"):
            server.rollback(reason="r")

    def test_two_at_once_on_two_servers_are_one_step(self, tmp_path: Path) -> None:
        """Both have seen v3 serve, and proven v2, before either of them moves."""
        one, other = together(tmp_path, "v2", "v3")

        results = at_once(lambda: one.rollback(reason="r"), lambda: other.rollback(reason="r"))

        assert sorted(results) == ["The champion is v2 by now, no longer v3.", "v2"]
        assert one.overview().rollback_target == "v1"

    def test_two_at_once_on_one_server_are_one_step(self, tmp_path: Path) -> None:
        """The second one has seen v3 serve, and waits while the first one proves v2."""
        turn, is_started = CountedLock(), threading.Event()

        def build(checkpoint: Checkpoint) -> Engine:
            if is_started.is_set():
                wait_until(lambda: turn.asked == 2, "both were there")
            return engine_of(checkpoint)

        moved(tmp_path, "v2", "v3")
        server = a_server(tmp_path, build, turn=turn)
        is_started.set()

        results = at_once(*[lambda: server.rollback(reason="r")] * 2)

        refusal, version = sorted(results)
        assert version == "v2"
        assert "The champion has changed meanwhile: it is v2 by now, no longer v3" in refusal
        assert server.overview().rollback_target == "v1"

    def test_from_another_version_than_the_one_that_serves_it_is_refused(
        self, server: Promoter
    ) -> None:
        for version in ("v2", "v3"):
            server.promote(version, reason="r")

        assert server.rollback(reason="r", from_version="v3") == "v2"
        with pytest.raises(Conflict, match="The champion is v2, not v3"):
            server.rollback(reason="r", from_version="v3")
        assert server.rollback(reason="r", from_version="v2") == "v1"

    def test_to_a_version_that_was_removed_it_is_refused(self, server: Promoter) -> None:
        for version in ("v2", "v3"):
            server.promote(version, reason="r")
        discard(server.store, ["v2"], compiled=server.store.folder)

        with pytest.raises(Conflict, match="v2, was removed; promote another version by name"):
            server.rollback(reason="r")

        assert served(server) == "v3"


class TestADamagedFile:
    def test_what_serves_is_said_whatever_is_known(self, server: Promoter) -> None:
        for version in ("v2", "v3"):
            server.promote(version, reason="r")
        server.alias.path.write_bytes(b"null")

        found = server.overview()
        assert (found.champion, found.rollback_target, len(found.history)) == ("v3", "v2", 2)
        assert "damaged" in (found.problem or "")
        server.alias.backup.unlink()
        found = server.overview()
        assert (found.champion, found.rollback_target, found.history) == ("v3", None, ())
        assert "damaged" in (found.problem or "")

    def test_without_descriptors_it_is_said_that_there_are_none(self, server: Promoter) -> None:
        server.promote("v2", reason="r")

        with no_descriptors():
            found = server.overview()
            with pytest.raises(AppError, match="Too many open files"):
                server.promote("v3", reason="r")

        assert found.champion == "v2"
        assert "Too many open files" in (found.problem or "")
        assert "damaged" not in (found.problem or "")
        assert len(server.overview().history) == 1

    @pytest.mark.parametrize("has_copy", [True, False])
    def test_promoting_over_it_keeps_it_aside_and_the_way_back(
        self, server: Promoter, has_copy: bool
    ) -> None:
        server.promote("v2", reason="r")
        server.alias.path.write_bytes(b"null")
        if not has_copy:
            server.alias.backup.unlink()

        note = server.promote("v3", reason="r")

        (aside,) = server.store.folder.glob("champion.json.damaged-*")
        assert aside.name in note
        assert aside.read_bytes() == b"null"
        assert served(server) == "v3"
        assert server.rollback(reason="r") == "v2"

    def test_to_roll_back_without_a_copy_is_refused_with_the_reason(self, server: Promoter) -> None:
        server.promote("v2", reason="r")
        server.alias.path.write_bytes(b"null")
        server.alias.backup.unlink()

        with pytest.raises(InvalidCheckpoint, match="promote the version that should serve"):
            server.rollback(reason="r")

        assert server.promote("v2", reason="r")
        assert served(server) == "v2"
        assert server.overview().problem is None


class CountedLock:
    """A lock that knows how often it was asked for."""

    def __init__(self) -> None:
        self._lock, self.asked = threading.Lock(), 0

    def acquire(self, *, timeout: float) -> bool:
        """As of any lock."""
        self.asked += 1
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        """As of any lock."""
        self._lock.release()


def together(folder: Path, *versions: str) -> list[Promoter]:
    """Two servers; the first engine of either is made when both make one.

    Whoever moves the champion first may have to make another one: that of the second move.
    """
    is_together = threading.Event()
    barrier = threading.Barrier(2, action=is_together.set, timeout=60)

    def build(checkpoint: Checkpoint) -> Engine:
        if not is_together.is_set():
            barrier.wait()
        return engine_of(checkpoint)

    moved(folder, *versions)
    is_together.set()
    servers = [a_server(folder, build) for _ in range(2)]
    is_together.clear()
    return servers


def at_once(*calls: Callable[[], str]) -> list[str]:
    """What each returned, or why it was refused."""

    def result(call: Callable[[], str]) -> str:
        try:
            return call()
        except Conflict as exc:
            return exc.message

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(result, calls))
