"""Which database the tests keep their records in: an SQLite file, or PostgreSQL where asked.

`ROENTGEN_TEST_DATABASE=postgresql` starts a server for the session; each test has a database.
"""

import atexit
import contextlib
import os
from functools import cache
from pathlib import Path

import pytest

from api.records.database import open_database
from tests.support.postgres import PostgresServer, running

# Read here: tests see no settings from outside.
IS_POSTGRES = os.environ.get("ROENTGEN_TEST_DATABASE", "") == "postgresql"

# Of files, their locks, their damage, and SQLite's own words.
only_sqlite = pytest.mark.skipif(IS_POSTGRES, reason="about SQLite's file")


# With PostgreSQL nodes share a row of the records in its place.
only_champion_file = pytest.mark.skipif(IS_POSTGRES, reason="about champion.json")


def records_url(folder: Path, name: str = "records.db") -> str:
    """A database that is empty, or the one that this folder had under this name before."""
    if not IS_POSTGRES:
        return f"sqlite:///{folder / name}"
    return _postgres_url(str(folder / name))


def records_settings(state_dir: Path) -> dict[str, str]:
    """The settings of a server whose records the tests keep outside of its state folder."""
    return {"database_url": records_url(state_dir, "roentgen.db")} if IS_POSTGRES else {}


@cache
def postgres() -> PostgresServer:
    """The session's server, which ends with this process."""
    opened = contextlib.ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(running())


@cache
def _postgres_url(path: str) -> str:
    return postgres().create(template=_template())


@cache
def _template() -> str:
    """A database with all tables: copying it is quicker than making them."""
    url = postgres().create()
    open_database(url, timeout_s=10).dispose()
    return url.partition("@/")[2].partition("?")[0]
