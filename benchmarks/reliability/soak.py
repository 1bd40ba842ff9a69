"""All routes for twenty minutes under kills: `python -m benchmarks.reliability.soak`.

Starts a server of its own, sends films, batches, uploads, queries and files that are refused, swaps
the champion, and kills a compute process every five seconds. Prints what was answered by route, and
the memory over time. Exit code 1 if anything failed but the films that a killed process was at, or
if the memory of the last quarter is above that of the second.
"""

import argparse
import contextlib
import io
import random
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import requests

from api.inputs.images.synthetic import synthetic_png
from api.reports.markdown import table
from benchmarks.serving.hot_swap import copy_as_version
from benchmarks.support import processes
from benchmarks.support.local_server import LocalServer

KILL_EVERY_S = 5.0
SWAP_EVERY_S = 20.0
SAMPLE_EVERY_S = 2.0
TIMEOUT_S = 60
MAX_GROWTH = 1.05
# What a film is told whose process was killed.
KILLED = "SIGKILL"


@dataclass(slots=True)
class Seen:
    """What the clients saw, by route and outcome; what failed, in words; MB over time."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    kills: int = 0
    swaps: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, route: str, response: requests.Response, expected: set[int]) -> None:
        """Count an answer; one that is not expected is a failure."""
        outcome = str(response.status_code)
        if response.status_code not in expected:
            detail = response.text[:200]
            is_killed = response.status_code == 422 and KILLED in detail
            outcome = "killed" if is_killed else "failed"
            if not is_killed:
                self.failures.append(f"{route}: {response.status_code} {detail}")
        with self.lock:
            self.outcomes[route, outcome] += 1


Request = tuple[str, Callable[[requests.Session], requests.Response], set[int]]


def main() -> None:
    """Load, kill, swap, watch."""
    options = _arguments()
    seen, stop = Seen(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        copy_as_version("v2", Path(folder) / "models")
        running = LocalServer(Path(folder), options.workers, {"precision": "fp32"})
        running.start()
        try:
            _watched(running, seen, stop, options)
        finally:
            stop.set()
            running.stop()
    _print(seen)
    if seen.failures or not _is_flat(seen.memory_mb):
        raise SystemExit(1)


def _watched(
    running: LocalServer, seen: Seen, stop: threading.Event, options: argparse.Namespace
) -> None:
    assert running.process is not None
    server = psutil.Process(running.process.pid)
    threads = [
        threading.Thread(target=_client, args=(running.url, seen, stop, number))
        for number in range(options.clients)
    ]
    threads += [
        threading.Thread(target=_repeat, args=(stop, every_s, work))
        for every_s, work in (
            (KILL_EVERY_S, lambda: _kill_one(server, seen)),
            (SWAP_EVERY_S, lambda: _swap(running.url, seen)),
            (SAMPLE_EVERY_S, lambda: seen.memory_mb.append(processes.memory_mb([server]))),
        )
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 60 * options.minutes
    while time.monotonic() < end:
        time.sleep(min(30.0, max(0.0, end - time.monotonic())))
        answered = sum(seen.outcomes.values())
        memory = seen.memory_mb[-1] if seen.memory_mb else 0
        print(
            f"{(end - time.monotonic()) / 60:5.1f} min left: {answered} answers, "
            f"{seen.kills} kills, {len(seen.failures)} failed, {memory:.0f} MB",
            file=sys.stderr,
        )
    stop.set()
    for thread in threads:
        thread.join()


def _repeat(stop: threading.Event, every_s: float, work: Callable[[], None]) -> None:
    while not stop.wait(every_s):
        work()


def _client(url: str, seen: Seen, stop: threading.Event, number: int) -> None:
    chance = random.Random(number)
    session = requests.Session()
    requests_ = _requests(url, chance)
    weights = [40 if route == "POST /predict" else 1 for route, _, _ in requests_]
    while not stop.is_set():
        (route, send, expected) = chance.choices(requests_, weights)[0]
        try:
            response = send(session)
        except requests.RequestException as exc:
            seen.failures.append(f"{route}: {exc!r}")
            continue
        seen.note(route, response, expected)
        if response.status_code in (429, 503):
            stop.wait(float(response.headers.get("Retry-After", 1)))


def _requests(url: str, chance: random.Random) -> list[Request]:
    """Every kind of request, and which statuses are right for it."""

    def image() -> bytes:
        return synthetic_png("lobar", seed=chance.randrange(50))

    def post(path: str, name: str, make: Callable[[], bytes], **data: str) -> Request:
        def send(session: requests.Session) -> requests.Response:
            files = {name: ("film.png", make())}
            return session.post(url + path, files=files, data=data, timeout=TIMEOUT_S)

        return f"POST {path}", send, {200, 429}

    def get(path: str, *, but: tuple[int, ...] = ()) -> Request:
        def send(session: requests.Session) -> requests.Response:
            return session.get(url + path, timeout=TIMEOUT_S)

        return f"GET {path}", send, {200, *but}

    damaged = post("/predict", "file", lambda: image()[:400])
    return [
        post("/predict", "file", image),
        post("/predict?explain=true", "file", image),
        ("POST /predict, damaged", damaged[1], {422, 429}),
        post("/predict/batch", "files", lambda: _zipped(image() for _ in range(8))),
        post("/upload-data", "files", image, label="Normal"),
        post("/preview", "file", image),
        get("/status"),
        get("/status/activity"),
        get("/health/live"),
        # A process that was just killed may be the one that is to prove itself.
        get("/health/ready", but=(422,)),
        get("/predictions?limit=20"),
        get("/samples/summary"),
        get("/samples?limit=20"),
        get("/review"),
        get("/models"),
        get("/retrain"),
        get("/openapi.json"),
    ]


def _zipped(images: Iterable[bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, content in enumerate(images):
            archive.writestr(f"{number}.png", content)
    return buffer.getvalue()


def _kill_one(server: psutil.Process, seen: Seen) -> None:
    """A compute process, chosen by chance; never the fork server or a worker."""
    with contextlib.suppress(psutil.NoSuchProcess, IndexError):
        servers = [p for p in server.children(recursive=True) if _is_fork_server(p)]
        parents = {process.pid for process in servers}
        random.choice([p for p in servers if p.ppid() in parents]).kill()
        seen.kills += 1


def _is_fork_server(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return any("fork_server" in word for word in process.cmdline())
    return False


def _swap(url: str, seen: Seen) -> None:
    version = "v2" if seen.swaps % 2 == 0 else "v1"
    response = requests.post(
        f"{url}/models/{version}/promote", json={"reason": "soak"}, timeout=TIMEOUT_S
    )
    seen.note("POST /models/…/promote", response, {200})
    seen.swaps += response.ok


def _is_flat(memory_mb: list[float]) -> bool:
    quarters = np.array_split(np.array(memory_mb), 4)
    return bool(np.median(quarters[3]) <= MAX_GROWTH * np.median(quarters[1]))


def _print(seen: Seen) -> None:
    rows = [(route, what, str(n)) for (route, what), n in sorted(seen.outcomes.items())]
    print(table(("request", "outcome", "number"), rows))
    quarters = np.array_split(np.array(seen.memory_mb), 4)
    print(f"\n{seen.kills} compute processes killed, {seen.swaps} changes of the champion")
    print("median MB by quarter: " + ", ".join(f"{np.median(part):.0f}" for part in quarters))
    for failure in seen.failures[:20]:
        print(f"failed: {failure}")
    print(f"{len(seen.failures)} failed")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--clients", type=int, default=4)
    return parser.parse_args()


if __name__ == "__main__":
    main()
