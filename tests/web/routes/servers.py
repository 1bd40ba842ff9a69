"""Servers of other settings."""

import contextlib
from collections.abc import Iterator

from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.support.waiting import wait_until_ready


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[TestClient]:
    """A server of other settings."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client
