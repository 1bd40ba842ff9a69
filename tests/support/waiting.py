"""Waiting for what happens in another thread or process, with an end."""

import time
from collections.abc import Callable

from starlette.testclient import TestClient

from api.errors import AppError
from api.services import Services

WAIT_LIMIT_S = 60.0
PAUSE_S, PAUSE_FACTOR, LONGEST_PAUSE_S = 0.01, 5.0, 0.2


def wait_until(
    condition: Callable[[], bool], what: str, *, wait_limit_s: float = WAIT_LIMIT_S
) -> None:
    """Ask again and again; fails after `wait_limit_s`.

    What takes long to ask is asked less often: a request costs both sides some milliseconds, which
    whoever is waited for would have to do without.
    """
    deadline = time.monotonic() + wait_limit_s
    while True:
        asked = time.monotonic()
        if condition():
            return
        took_s = time.monotonic() - asked
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(min(PAUSE_S + PAUSE_FACTOR * took_s, LONGEST_PAUSE_S))


def wait_until_ready(client: TestClient) -> None:
    """Until the application answers predictions.

    What it waits for itself is looked at: the route of readiness also infers, which takes a fifth
    of a start.
    """
    services = client.app.state.services  # type: ignore[attr-defined]
    wait_until(lambda: services.serving.live.version is not None, "the application had a model")
    wait_until(lambda: _sites_are_known(services), "the application knew its sites")


def _sites_are_known(services: Services) -> bool:
    is_away = services.storage.store_health.problem is not None
    try:
        services.serving.sites.check_start(is_away=is_away)
    except AppError:
        return False
    return True
