"""Fixtures of the tests over HTTP."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import uvicorn

from api.main import create_app
from api.settings import Settings
from api.web.middleware.body_timeout import BodyTimeout
from tests.support.waiting import wait_until
from tests.web.held_server import MAX_WAIT_S, HeldModel, Running


@pytest.fixture
def short_body_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is started after this gives bodies a fifth of a second. Only for tests of that:
    a client of this process that has no processor for so long is refused too."""
    monkeypatch.setattr(
        BodyTimeout.__init__, "__kwdefaults__", {"timeout_s": 0.2, "min_bytes_per_s": 1e6}
    )


@pytest.fixture
def running(settings: Settings) -> Iterator[Running]:
    """A server that lets four films wait. On a busy machine one commit can take a second, and many
    requests come at once here.
    """
    patient = {"max_wait_ms": MAX_WAIT_S * 1e3, "database_timeout_s": 30.0}
    app = create_app(settings.model_copy(update=patient))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server was there")
    services = app.state.services
    wait_until(lambda: services.serving.live.version is not None, "a model was there")
    model = HeldModel(services.serving.live)
    app.state.services = replace(services, serving=replace(services.serving, live=model))
    port = server.servers[0].sockets[0].getsockname()[1]
    with ThreadPoolExecutor(16) as pool:
        yield Running(port, server, app, model.engine, pool)
        model.engine.go.set()
    server.should_exit = True
    thread.join()
