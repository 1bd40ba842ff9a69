"""Waiting for what happens in another thread or process, with an end."""

import time
from collections.abc import Callable

from starlette.testclient import TestClient

WAIT_LIMIT_S = 60.0


def wait_until(
    condition: Callable[[], bool], what: str, *, wait_limit_s: float = WAIT_LIMIT_S
) -> None:
    """Ask again and again; fails after `wait_limit_s`."""
    deadline = time.monotonic() + wait_limit_s
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


def wait_until_ready(client: TestClient) -> None:
    """Until the application answers predictions.

    Its model is looked at first: to ask the route again and again costs more than to load it.
    """
    live = client.app.state.services.serving.live  # type: ignore[attr-defined]
    wait_until(lambda: live.version is not None, "the application had a model")
    wait_until(lambda: client.get("/health/ready").status_code == 200, "the application was ready")
