"""Asking for batches, and standing where answered images are kept."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from tests.support import images

WAIT_LIMIT_S = 20.0
CSV, NDJSON = "text/csv", "application/x-ndjson"
Named = tuple[str, bytes]


@dataclass
class Watcher:
    """Stands where films are kept for feedback: is told of every answered film, in its thread."""

    seen: Callable[[int], None]
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, *_: Any, **__: Any) -> None:
        with self._lock:
            number = self.count
            self.count += 1
        self.seen(number)

    def drop_old(self, *_: Any) -> int:
        return 0


def watched(client: TestClient, seen: Callable[[int], None] = lambda _: None) -> Watcher:
    """From here on `seen` is called with the number of each answered film."""
    watcher = Watcher(seen)
    state = client.app.state  # type: ignore[attr-defined]
    services = state.services
    state.services = replace(services, storage=replace(services.storage, retained_images=watcher))
    return watcher


def batch(
    client: TestClient, *sent: Named, accept: str = "application/json", **params: Any
) -> httpx.Response:
    return client.post(
        "/predict/batch",
        files=[("files", named) for named in sent],
        headers={"Accept": accept},
        params=params,
    )


def some(count: int) -> list[Named]:
    return [(f"{seed}.png", images.png(seed)) for seed in range(count)]


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]
