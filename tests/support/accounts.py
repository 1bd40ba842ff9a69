"""Applications that ask who is there, and people who may come in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from api.accounts.accounts import Accounts
from api.accounts.principal import LOCAL
from api.accounts.rights import Right, Role
from api.main import create_app
from api.records.accounts import users
from tests.conftest import settings_below
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.waiting import wait_until_ready

PASSWORD = "seven green lamps"
ELSEWHERE, HERE = ("10.0.0.7", 50000), ("127.0.0.1", 50000)


@contextmanager
def guarded_app(tiny: TinyCheckpoint, folder: Path, **changes: Any) -> Iterator[FastAPI]:
    """The application, running and ready; `auth` is `auto` unless something else is said."""
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny).model_copy(update={"auth": "auto"} | changes)
    app = create_app(settings)
    with TestClient(app) as client:
        wait_until_ready(client)
        app.state.portal = client.portal
        yield app
    shutil.rmtree(folder, ignore_errors=True)


def accounts_of(app: FastAPI) -> Accounts:
    accounts: Accounts = app.state.services.accounts
    return accounts


def client_from(
    app: FastAPI, address: tuple[str, int] = ELSEWHERE, *, url: str = "http://localhost"
) -> TestClient:
    """A client of its own, with a jar of its own for cookies; the application runs already, and it
    asks where that does: a thread and an event loop for each request take twice as long as most."""
    client = TestClient(app, base_url=url, client=address, raise_server_exceptions=False)
    client.portal = getattr(app.state, "portal", None)
    return client


def session_of(app: FastAPI, name: str, role: Role) -> str:
    """The token of a new session of a user, who is added if there is none."""
    accounts = accounts_of(app)
    if users.find(accounts.database, name) is None:
        accounts.add_user(name, role, PASSWORD)
    return accounts.log_in(name, PASSWORD, address=f"the machine of {name}").token


def key_of(app: FastAPI, name: str, *rights: Right, site: str | None = None) -> str:
    return accounts_of(app).add_key(name, frozenset(rights), by=LOCAL, site=site)[0]


def expired_key_of(app: FastAPI, name: str) -> str:
    lifetime = timedelta(microseconds=1)
    return accounts_of(app).add_key(name, frozenset(Right), by=LOCAL, lifetime=lifetime)[0]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
