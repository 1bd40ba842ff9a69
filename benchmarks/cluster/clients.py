"""Clients of a cluster that send without a pause, and what they were told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, pairwise
from typing import Any

import requests

from api.inputs.images.synthetic import synthetic_png
from api.tasks.labels import Finding
from benchmarks.cluster.two_nodes import TwoNodes

FILM_PX = 256
# In turns: a retraining needs two classes.
UPLOADED: tuple[tuple[Finding, str], ...] = (("clear", "Normal"), ("lobar", "Pneumonia-Bacterial"))
# How a request ended: answered, told to come again, or neither.
OK, AGAIN, FAILED = "ok", "again", "failed"


@dataclass(frozen=True, slots=True)
class Mark:
    """How much there was of each list of `Clients` at one moment."""

    answered: int
    uploaded: int
    failures: int
    events: int
    sequences: tuple[int, ...]


@dataclass
class Clients:
    """Send films, and training films, and keep what was acknowledged.

    A client that is told to come again (503 or 429 with Retry-After) does so, half a second later;
    everything else that is no answer is a failure.
    """

    cluster: TwoNodes
    answered: list[str] = field(default_factory=list)
    uploaded: list[str] = field(default_factory=list)
    versions: list[list[str]] = field(default_factory=list)
    sequences: list[list[int]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    # Of each request: the moment of its end, what it was, and how it ended.
    events: list[tuple[float, str, str]] = field(default_factory=list)
    # Between two requests of one client.
    pause_s: float = 0.0

    @contextmanager
    def sending(self, films: int = 3, uploads: int = 1) -> Iterator[None]:
        """So many clients of each kind, until the block is left."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._send_films, args=(number, stop))
            for number in range(films)
        ] + [
            threading.Thread(target=self._upload, args=(number, stop)) for number in range(uploads)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def mark(self) -> Mark:
        """What there is until now."""
        return Mark(
            len(self.answered),
            len(self.uploaded),
            len(self.failures),
            len(self.events),
            tuple(len(each) for each in self.sequences),
        )

    def ended(self, mark: Mark) -> int:
        """How many ended since."""
        return len(self.events) - mark.events

    def refused(self, what: str, mark: Mark) -> int:
        """How many were told to come again since."""
        return sum(of == what and end == AGAIN for _, of, end in self.events[mark.events :])

    def went_back(self, mark: Mark | None = None) -> int:
        """Answers by an earlier move of the champion than that client had seen before."""
        starts = mark.sequences if mark else (0,) * len(self.sequences)
        return sum(
            later < earlier
            for client, start in zip(self.sequences, starts, strict=True)
            # From the last answer before it on.
            for earlier, later in pairwise(client[max(start - 1, 0) :])
        )

    def recovered_after(self, what: str, moment: float) -> float | None:
        """Seconds from a moment to the last refusal after it was over; 0: there was none."""
        events = [(at, end) for at, of, end in list(self.events) if of == what]
        times = [at for at, end in events if at >= moment and end != OK]
        later = [at for at, end in events if end == OK]
        last = max(times, default=moment)
        if not any(at > last for at in later):
            return None
        return last - moment

    def _send_films(self, number: int, stop: threading.Event) -> None:
        versions: list[str] = []
        sequences: list[int] = []
        self.versions.append(versions)
        self.sequences.append(sequences)
        film = synthetic_png("lobar", seed=number, size_px=FILM_PX)
        while not stop.wait(self.pause_s):
            heeded = {"X-Champion-At-Least": str(max(sequences, default=0))}
            response = self._ask("film", "/predict", headers=heeded, files={"file": film})
            if response is not None:
                self.answered.append(response.json()["id"])
                versions.append(response.json()["model_version"])
                sequences.append(int(response.headers["X-Champion-Sequence"]))

    def _upload(self, number: int, stop: threading.Event) -> None:
        seed = 10_000 * (number + 1)
        for finding, label in cycle(UPLOADED):
            if stop.wait(self.pause_s):
                return
            seed += 1
            film = synthetic_png(finding, seed=seed, size_px=FILM_PX)
            files = {"files": (f"{seed}.png", film, "image/png")}
            response = self._ask("upload", "/upload-data", data={"label": label}, files=files)
            if response is not None:
                self.uploaded += [
                    each["sha256"]
                    for each in response.json()["files"]
                    if each["outcome"] == "stored"
                ]

    def _ask(self, what: str, path: str, **options: Any) -> requests.Response | None:
        """None where it has to be sent again later."""
        try:
            response = self.cluster.ask("POST", path, **options)
        except requests.RequestException as exc:
            self.failures.append(f"{what}: {type(exc).__name__}: {exc}")
            self.events.append((time.monotonic(), what, FAILED))
            return None
        end = OK if response.ok else _refusal(response)
        self.events.append((time.monotonic(), what, end))
        if end == OK:
            return response
        if end == FAILED:
            self.failures.append(f"{what}: {response.status_code} {response.text[:200]}")
        time.sleep(0.5)
        return None


def _refusal(response: requests.Response) -> str:
    is_busy = response.status_code in (429, 503) and "Retry-After" in response.headers
    return AGAIN if is_busy else FAILED
