"""Looking at something again and again while something else is measured."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import requests


@dataclass(frozen=True, slots=True)
class Look:
    """A moment (`time.perf_counter`), and what was seen at it."""

    at: float
    value: float
    ok: bool = True


@dataclass
class Watcher:
    """Looks on a thread of its own until it is left; what is seen is in `seen`."""

    look: Callable[[], tuple[float, bool]]
    every_s: float
    seen: list[Look] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def between(self, start: float, end: float) -> list[Look]:
        """What was seen from one moment to another."""
        return [each for each in self.seen if start <= each.at < end]

    def _watch(self) -> None:
        while not self._ended.wait(self.every_s):
            at = time.perf_counter()
            self.seen.append(Look(at, *self.look()))


def timed(method: str, url: str, image: bytes | None = None) -> Callable[[], tuple[float, bool]]:
    """A request over a connection that is kept: milliseconds, and whether it was answered well."""
    session = requests.Session()

    def ask() -> tuple[float, bool]:
        began = time.perf_counter()
        try:
            files = {"file": image} if image else None
            answered = session.request(method, url, files=files, timeout=60).ok
        except requests.RequestException:
            answered = False
        return (time.perf_counter() - began) * 1e3, answered

    return ask


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    p50, p99 = np.percentile(values or [float("nan")], [50, 99])
    return float(p50), float(p99)


def percentiles(looks: Sequence[Look]) -> str:
    """Requests in words."""
    p50, p99 = quantiles([each.value for each in looks if each.ok])
    refused = sum(not each.ok for each in looks)
    return f"{p50:.1f} / {p99:.1f} ms, {refused} of {len(looks)} refused"
