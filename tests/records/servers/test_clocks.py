"""A machine whose clock is wrong is told so at its start."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.records.database import open_database
from api.records.servers.clocks import MAX_APART_S, seconds_ahead, warn_if_apart
from tests.support.databases import postgres
from tests.support.postgres import programs


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if programs() is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed")
    url = postgres().create()
    engine = open_database(url, timeout_s=5)
    yield engine
    engine.dispose()
    postgres().drop(url)


@pytest.mark.parametrize(("ahead_s", "words"), [(60, "ahead of"), (-60, "behind")])
def test_one_that_differs_is_logged(
    engine: Engine, caplog: pytest.LogCaptureFixture, ahead_s: int, words: str
) -> None:
    warn_if_apart(engine, lambda: now() + timedelta(seconds=ahead_s))

    assert f"{words} the database's" in caplog.text


def test_one_that_agrees_is_not(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    warn_if_apart(engine)

    assert abs(seconds_ahead(engine)) < MAX_APART_S
    assert caplog.text == ""


def test_of_a_file_there_is_one_clock(database: Engine) -> None:
    if database.dialect.name == "sqlite":
        assert seconds_ahead(database, lambda: now() + timedelta(days=1)) == 0
