"""Accounts over an empty database, and a clock that tests move."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.accounts.accounts import Accounts
from api.accounts.first_user import FirstUserToken
from api.accounts.session import SessionPolicy
from tests.accounts.moving_clock import MovingClock


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def accounts(database: Engine, clock: MovingClock, tmp_path: Path) -> Accounts:
    return accounts_over(database, clock, tmp_path)


def accounts_over(database: Engine, clock: MovingClock, folder: Path) -> Accounts:
    """As one serving process has them."""
    policy = SessionPolicy(idle=timedelta(minutes=30), absolute=timedelta(hours=8))
    return Accounts(
        database, policy, FirstUserToken(folder), clock=clock.now, monotonic=clock.monotonic
    )
