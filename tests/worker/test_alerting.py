"""Of all processes one evaluates alerts and sends messages."""

from pathlib import Path

from api.worker.alerting import Duty


class TestDuty:
    def test_whoever_takes_it_has_it_until_it_leaves(self, tmp_path: Path) -> None:
        first, second = Duty(tmp_path / "duty.lock"), Duty(tmp_path / "duty.lock")

        assert [first.is_ours(), second.is_ours(), first.is_ours()] == [True, False, True]
        first.leave()
        assert [second.is_ours(), first.is_ours()] == [True, False]
        second.leave()

    def test_where_no_lock_can_be_everybody_does_the_work(self, tmp_path: Path) -> None:
        gone = tmp_path / "gone" / "duty.lock"
        folder = tmp_path / "duty.lock"
        folder.mkdir()

        assert [Duty(gone).is_ours(), Duty(gone).is_ours()] == [True, True]
        assert [Duty(folder).is_ours(), Duty(folder).is_ours()] == [True, True]
        assert not gone.parent.exists()
