"""Of all processes one evaluates alerts and sends messages."""

from pathlib import Path

from api.records.locks import FolderLock
from api.worker.duty import Duty


def _duty(path: Path) -> Duty:
    return Duty(FolderLock(path))


class TestDuty:
    def test_whoever_takes_it_has_it_until_it_leaves(self, tmp_path: Path) -> None:
        first, second = _duty(tmp_path / "duty.lock"), _duty(tmp_path / "duty.lock")

        assert [first.is_ours(), second.is_ours(), first.is_ours()] == [True, False, True]
        first.leave()
        assert [second.is_ours(), first.is_ours()] == [True, False]
        second.leave()

    def test_where_no_lock_can_be_everybody_does_the_work(self, tmp_path: Path) -> None:
        gone = tmp_path / "gone" / "duty.lock"
        folder = tmp_path / "duty.lock"
        folder.mkdir()

        assert [_duty(gone).is_ours(), _duty(gone).is_ours()] == [True, True]
        assert [_duty(folder).is_ours(), _duty(folder).is_ours()] == [True, True]
        assert not gone.parent.exists()
