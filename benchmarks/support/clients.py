"""Clients that ask a server all the time while something else happens to it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it began (`time.perf_counter`), how long it took, whether it was answered
    well, and by which version."""

    began: float
    duration_ms: float
    ok: bool
    version: str | None


class Clients:
    """Ask from `count` threads, with a pause between a client's requests, until `stop`."""

    def __init__(self, ask: Callable[[], Asked], *, count: int, pause_s: float) -> None:
        self._ask, self._pause_s = ask, pause_s
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(count)
        self.asked: list[Asked] = []
        for _ in range(count):
            self._pool.submit(self._work)

    def stop(self) -> None:
        """End, after the requests under way."""
        self._stop.set()
        self._pool.shutdown()

    def between(self, start: float, end: float) -> list[Asked]:
        """What was asked from one moment to another."""
        return [each for each in self.asked if start <= each.began < end]

    def _work(self) -> None:
        while not self._stop.wait(self._pause_s):
            self.asked.append(self._ask())


def poster(url: str, **content: Any) -> Callable[[], Asked]:
    """`POST url/predict` with this content, as `requests` takes it; a connection a thread."""
    kept = threading.local()

    def ask() -> Asked:
        session = kept.session = getattr(kept, "session", None) or requests.Session()
        began = time.perf_counter()
        version = None
        try:
            response = session.post(url + "/predict", timeout=TIMEOUT_S, **content)
            ok = response.status_code == 200
            version = response.json()["model_version"] if ok else None
        except requests.RequestException:
            ok = False
        return Asked(began, (time.perf_counter() - began) * 1e3, ok, version)

    return ask
