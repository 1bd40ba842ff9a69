"""Guessing is slowed down, in all processes together, and keeps nobody out for good."""

import pytest
from sqlalchemy import Engine

from api.accounts.credentials.attempt_limits import AttemptLimits
from api.errors import TooManyAttempts
from tests.accounts.moving_clock import MovingClock


@pytest.fixture
def limits(database: Engine, clock: MovingClock) -> AttemptLimits:
    return AttemptLimits(database, clock.now)


def tries(limits: AttemptLimits, account: str, address: str, *, most: int = 100) -> int:
    """How many are admitted before one is refused."""
    for number in range(most):
        try:
            limits.admit(account, address)
        except TooManyAttempts:
            return number
    return most


class TestGuessing:
    def test_of_one_account_from_one_address(self, limits: AttemptLimits) -> None:
        assert tries(limits, "maria", "10.0.0.7") == 5
        assert tries(limits, "li", "10.0.0.7") == 5

    def test_of_one_account_from_many_addresses(self, limits: AttemptLimits) -> None:
        admitted = sum(tries(limits, "maria", f"10.0.0.{n}", most=4) for n in range(20))

        assert admitted == 20

    def test_of_many_accounts_from_one_address(self, limits: AttemptLimits) -> None:
        admitted = sum(tries(limits, f"user{n}", "10.0.0.7", most=2) for n in range(40))

        assert admitted == 30

    def test_a_second_process_counts_with_the_first(
        self, limits: AttemptLimits, database: Engine, clock: MovingClock
    ) -> None:
        other = AttemptLimits(database, clock.now)

        admitted = [tries(each, "maria", "10.0.0.7", most=3) for each in (limits, other)]

        assert admitted == [3, 2]

    def test_the_refusal_says_when_to_come_again(
        self, limits: AttemptLimits, clock: MovingClock
    ) -> None:
        tries(limits, "maria", "10.0.0.7")
        clock.pass_by(seconds=20)

        with pytest.raises(TooManyAttempts, match="40 seconds") as refused:
            limits.admit("maria", "10.0.0.7")

        assert refused.value.retry_after_s == 40

    def test_it_goes_on_when_the_window_is_over(
        self, limits: AttemptLimits, clock: MovingClock
    ) -> None:
        assert [tries(limits, "maria", "10.0.0.7")] == [5]
        clock.pass_by(seconds=61)

        assert tries(limits, "maria", "10.0.0.7") == 5


class TestTheOwner:
    def test_a_right_password_clears_the_account(self, limits: AttemptLimits) -> None:
        for _ in range(30):
            limits.admit("maria", "10.0.0.7")
            limits.succeeded("maria", "10.0.0.7")

    def test_gets_in_from_a_known_address_while_others_guess(
        self, limits: AttemptLimits, clock: MovingClock
    ) -> None:
        limits.admit("maria", "10.0.0.7")
        limits.succeeded("maria", "10.0.0.7")
        clock.pass_by(days=20)
        for number in range(50):
            tries(limits, "maria", f"10.1.0.{number}", most=1)

        limits.admit("maria", "10.0.0.7")

        with pytest.raises(TooManyAttempts):
            limits.admit("maria", "10.0.0.8")

    def test_what_was_typed_is_not_readable_in_the_records(
        self, limits: AttemptLimits, database: Engine
    ) -> None:
        limits.admit("a password in the wrong field", "10.0.0.7")

        with database.connect() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM login_attempts").fetchall()
        assert len(rows) == 3
        assert "password" not in str(rows)
