"""What a change of the serving version costs those who predict.

Run it with `python -m benchmarks.serving.hot_swap`.

Starts a server of its own with the default checkpoint under two names, finds out how many films a
second it answers, then asks for four fifths of that while the champion changes again and again.
Prints latency away from the changes and in the five seconds around them, failures, how soon all
workers answered with the new version, and what the workers' memory came to.
"""

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import requests

from api.model_card.card_file import read_card, write_card
from api.registry.store import (
    CARD_NAME,
    HOLDOUT_NAME,
    REFERENCE_NAME,
    REPLAY_NAME,
    WEIGHTS_NAME,
    card_path,
    holdout_path,
    reference_path,
    replay_path,
)
from api.reports.markdown import table
from api.settings import from_environment
from benchmarks.support import processes
from benchmarks.support.local_server import server

AROUND_S = 2.5


@dataclass(frozen=True, slots=True)
class Request:
    """One prediction: when it was sent, how long it took, which version answered ('' for none)."""

    at: float
    seconds: float
    version: str


class Clients:
    """Send films, each client on a connection of its own, at a pace or as fast as they can."""

    def __init__(self, url: str, image: bytes, *, count: int, every_s: float = 0.0) -> None:
        self._url, self._image, self._every_s = url + "/predict", image, every_s
        self._stop = threading.Event()
        self.sent: list[list[Request]] = [[] for _ in range(count)]
        self._threads = [threading.Thread(target=self._work, args=(rows,)) for rows in self.sent]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, after the requests under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def rows(self) -> list[Request]:
        return [row for rows in self.sent for row in rows]

    def _work(self, rows: list[Request]) -> None:
        session = requests.Session()
        due = time.perf_counter()
        while not self._stop.is_set():
            due += self._every_s
            time.sleep(max(0.0, due - time.perf_counter()))
            began, version = time.perf_counter(), ""
            try:
                answer = session.post(self._url, files={"file": self._image}, timeout=60)
                version = answer.json()["model_version"] if answer.ok else ""
            except requests.RequestException:
                pass
            rows.append(Request(began, time.perf_counter() - began, version))


def main() -> None:
    """Swap and measure."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models"
        copy_as_version("v2", models)
        # What a retraining makes has no int8 form; both versions are to be as quick as each other.
        with server(arguments.workers, models_dir=str(models), precision="fp32") as url:
            image = requests.get(f"{url}/phantoms/Normal.png?seed=1", timeout=30).content
            capacity = _capacity(url, image, arguments.clients)
            memory = [_memory(url)]
            clients = Clients(
                url, image, count=arguments.clients, every_s=arguments.clients / (0.8 * capacity)
            )
            time.sleep(arguments.seconds)
            swaps = _swapped(url, arguments.swaps, arguments.seconds, memory)
            clients.stop()
            time.sleep(arguments.seconds)
            memory.append(_memory(url))
    _print(clients, swaps, capacity, memory)


def copy_as_version(version: str, models: Path) -> None:
    """The default checkpoint once more, as a version of its own."""
    weights = from_environment().default_model
    home = models / "pneumonia" / version
    home.mkdir(parents=True)
    for source, name in (
        (weights, WEIGHTS_NAME),
        (reference_path(weights), REFERENCE_NAME),
        (holdout_path(weights), HOLDOUT_NAME),
        (replay_path(weights), REPLAY_NAME),
    ):
        shutil.copyfile(source, home / name)
    card = read_card(card_path(weights))
    write_card(home / CARD_NAME, card.model_copy(update={"version": version, "parent": "v1"}))


def _capacity(url: str, image: bytes, count: int) -> float:
    """Answers a second, with clients that never pause."""
    clients = Clients(url, image, count=count)
    time.sleep(2)
    started, already = time.perf_counter(), len(clients.rows)
    time.sleep(8)
    answered, seconds = len(clients.rows) - already, time.perf_counter() - started
    clients.stop()
    return answered / seconds


def _swapped(url: str, count: int, pause_s: float, memory: list[float]) -> list[float]:
    """When each change was asked for; the memory of the workers after each is noted."""
    moments = []
    for number in range(count):
        version = "v2" if number % 2 == 0 else "v1"
        body = {"reason": "benchmark"}
        moments.append(time.perf_counter())
        requests.post(f"{url}/models/{version}/promote", json=body, timeout=60).raise_for_status()
        time.sleep(pause_s)
        memory.append(_memory(url))
    return moments


def _delays(clients: Clients, swaps: Sequence[float]) -> list[float]:
    """For each change the seconds from its request until the last film was sent that the old
    version answered."""
    ends = [*swaps[1:], float("inf")]
    delays = []
    for number, (start, end) in enumerate(zip(swaps, ends, strict=True)):
        old = "v1" if number % 2 == 0 else "v2"
        late = [r.at - start for r in clients.rows if start <= r.at < end and r.version == old]
        delays.append(max(late, default=0.0))
    return delays


def _workers(url: str) -> list[dict[str, Any]]:
    workers: list[dict[str, Any]] = requests.get(url + "/status", timeout=60).json()["workers"]
    return workers


def _memory(url: str) -> float:
    """MB of all workers and their processes."""
    return processes.memory_mb(psutil.Process(worker["pid"]) for worker in _workers(url))


def _print(
    clients: Clients,
    swaps: Sequence[float],
    capacity: float,
    memory: Sequence[float],
) -> None:
    near = [r for r in clients.rows if any(abs(r.at - swap) <= AROUND_S for swap in swaps)]
    far = [r for r in clients.rows if not any(abs(r.at - swap) <= AROUND_S for swap in swaps)]
    steady, around = (
        np.percentile([1e3 * r.seconds for r in rows], [50, 99]) for rows in (far, near)
    )
    print(
        f"capacity {capacity:.0f} a second, asked for {0.8 * capacity:.0f}; {len(swaps)} changes\n"
    )
    rows = [
        ("requests", f"{len(clients.rows)}"),
        ("failed", f"{sum(not r.version for r in clients.rows)}"),
        ("p50 / p99 away from changes", f"{steady[0]:.1f} / {steady[1]:.1f} ms"),
        ("p50 / p99 within 2.5 s of one", f"{around[0]:.1f} / {around[1]:.1f} ms"),
        ("p99 ratio", f"{around[1] / steady[1]:.2f}"),
        ("last answer of the old version, median / longest", _seconds(_delays(clients, swaps))),
        ("connections that went back to an old version", f"{_gone_back(clients, swaps)}"),
        ("memory at first, one engine a worker", f"{memory[0]:.0f} MB"),
        ("after two changes, the former engine kept", f"{memory[2]:.0f} MB"),
        ("after all", f"{memory[-1]:.0f} MB"),
        ("memory ratio, after all to after two", f"{memory[-1] / memory[2]:.2f}"),
    ]
    print(table(("figure", "measured"), rows))


def _seconds(delays: Sequence[float]) -> str:
    return f"{np.median(delays):.2f} / {max(delays):.2f} s"


def _gone_back(clients: Clients, swaps: Sequence[float]) -> int:
    """Connections whose version changed more than once between one change and the next."""
    ends = [*swaps[1:], float("inf")]
    return sum(
        any(
            sum(a != b for a, b in pairwise(r.version for r in rows if start <= r.at < end)) > 1
            for start, end in zip(swaps, ends, strict=True)
        )
        for rows in clients.sent
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--swaps", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=8, help="between two changes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
