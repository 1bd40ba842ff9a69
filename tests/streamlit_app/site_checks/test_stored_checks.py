"""Checks by name: found again by their owner, and not for ever."""

import pytest

from site_checks import stored_checks
from site_checks.held_check import HeldCheck
from site_checks.sent_file import SentFile
from site_checks.stored_checks import MAX_AGE_S, StoredChecks


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def held(owner: str = "anna") -> HeldCheck:
    check = HeldCheck(owner)
    check.take(SentFile.of("a.zip", b"four"))
    return check


class TestStoredChecks:
    def test_its_owner_alone_finds_it(self) -> None:
        checks, check = StoredChecks(), held()

        checks.keep(check)

        assert checks.find(check.name, owner="anna") is check
        assert checks.find(check.name, owner="ben") is None
        assert checks.find(None, owner="anna") is None

    def test_one_that_is_not_used_goes(self) -> None:
        clock, check = Clock(), held()
        checks = StoredChecks(clock)
        checks.keep(check)

        clock.now += MAX_AGE_S + 1

        assert checks.find(check.name, owner="anna") is None

    def test_the_oldest_makes_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stored_checks, "MAX_BYTES", 9)
        checks, three = StoredChecks(Clock()), [held() for _ in range(3)]

        for check in three:
            checks.keep(check)

        found = [checks.find(check.name, owner="anna") is not None for check in three]
        assert found == [False, True, True]

    def test_what_is_taken_away_is_gone(self) -> None:
        checks, check = StoredChecks(), held()
        checks.keep(check)

        checks.forget(check.name)

        assert checks.find(check.name, owner="anna") is None
