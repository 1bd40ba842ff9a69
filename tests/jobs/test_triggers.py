"""When a retraining begins by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from api.jobs.triggers import Triggers

# A Saturday.
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def cause(triggers: Triggers, *, new_samples: int = 5, hours_ago: float = 1) -> str | None:
    return triggers.cause(at=AT, since=AT - timedelta(hours=hours_ago), new_samples=new_samples)


class TestByDefault:
    def test_nothing_begins(self) -> None:
        assert not Triggers()
        assert cause(Triggers(), new_samples=10_000) is None


class TestSamples:
    @pytest.mark.parametrize(("new", "begins"), [(9, False), (10, True), (11, True)])
    def test_enough_new_ones_begin_one(self, new: int, begins: bool) -> None:
        assert bool(cause(Triggers(after_samples=10), new_samples=new)) is begins

    def test_the_cause_says_how_many(self) -> None:
        reason = cause(Triggers(after_samples=10), new_samples=12)

        assert reason == "12 new samples (a retraining begins after 10)"


class TestTheClock:
    @pytest.mark.parametrize(
        ("schedule", "hours_ago", "begins"),
        [
            ("30 11 * * *", 1, True),
            ("30 11 * * *", 0.25, False),
            ("30 12 * * *", 1, False),
            ("30 11 * * SUN", 1, False),
            ("30 11 * * SUN", 24 * 7, True),
        ],
        ids=["passed", "before the last", "to come", "another day", "last week"],
    )
    def test_a_time_that_passed_begins_one(
        self, schedule: str, hours_ago: float, begins: bool
    ) -> None:
        assert bool(cause(Triggers(schedule=schedule), hours_ago=hours_ago)) is begins

    def test_without_a_new_sample_there_is_nothing_to_learn(self) -> None:
        assert cause(Triggers(schedule="30 11 * * *"), new_samples=0) is None
