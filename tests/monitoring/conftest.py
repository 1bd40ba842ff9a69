"""Stored answers for what watches them."""

import pytest
from sqlalchemy import Engine

from tests.monitoring.answers import Answers


@pytest.fixture
def answers(database: Engine) -> Answers:
    return Answers(database)
