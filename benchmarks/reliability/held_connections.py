"""Does health answer while a server is held? `python -m benchmarks.reliability.held_connections`.

Starts a server of its own (or asks the one at `--url`), holds it in four ways, one after the other,
and asks for health and state meanwhile, over new connections and over one that is kept. Prints one
table: the slowest answers, the memory, and what became of what was held.
"""

import argparse
import contextlib
import io
import selectors
import socket
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil
import requests

from benchmarks.support.local_server import server
from benchmarks.support.watcher import Look, Watcher, timed

GET = b"GET /status HTTP/1.1\r\nHost: localhost\r\n"
ENTRY_BYTES = 9_900_000
TARGET_MS = 1000.0


@dataclass(frozen=True, slots=True)
class Held:
    """One way to hold a server, and what was seen meanwhile. Milliseconds and megabytes."""

    name: str
    health_ms: float
    status_ms: float
    rss_mb: tuple[float, float, float]
    outcome: str


def main() -> None:
    """Measure and print."""
    options = _arguments()
    address = contextlib.nullcontext(options.url) if options.url else server()
    with address as url:
        (worker,) = requests.get(url + "/status", timeout=60).json()["workers"][:1]
        process = psutil.Process(worker["pid"])
        zeros = _zip_of_zeros(options.entries)
        ways: dict[str, Callable[[], str]] = {
            "nothing": lambda: _wait(options.seconds),
            f"{options.halves} half-sent headers": lambda: _halves(url, options.halves),
            f"{options.halves} headers, a byte a second": lambda: _drops(url, options.halves),
            "an endless header": lambda: _endless(url, options.seconds),
            f"{options.zips} ZIPs of {options.entries} × 9.9 MB of zeros": lambda: _zips(
                url, zeros, options.zips
            ),
        }
        held = [_held(name, way, url, process) for name, way in ways.items()]
    print(_table(held))


def _held(name: str, way: Callable[[], str], url: str, process: psutil.Process) -> Held:
    before = process.memory_info().rss / 1e6
    with (
        Watcher(timed("GET", url + "/health/live"), 0.05) as health,
        Watcher(lambda: timed("GET", url + "/health/ready")(), 0.1) as fresh,
        Watcher(timed("GET", url + "/status"), 0.1) as status,
        Watcher(lambda: (process.memory_info().rss / 1e6, True), 0.1) as memory,
    ):
        outcome = way()
    after = process.memory_info().rss / 1e6
    return Held(
        name,
        health_ms=max(_slowest(health.seen), _slowest(fresh.seen)),
        status_ms=_slowest(status.seen),
        rss_mb=(before, max(look.value for look in memory.seen), after),
        outcome=outcome,
    )


def _slowest(looks: list[Look]) -> float:
    """Infinity if one was not answered."""
    return max((look.value if look.ok else float("inf") for look in looks), default=0.0)


def _wait(seconds: float) -> str:
    time.sleep(seconds)
    return ""


def _halves(url: str, count: int) -> str:
    return _ended(url, count, drop=b"")


def _drops(url: str, count: int) -> str:
    return _ended(url, count, drop=b"a")


def _ended(url: str, count: int, *, drop: bytes) -> str:
    """Open so many, send half of the headers (and a byte a second), say when they were closed."""
    began, answers = time.perf_counter(), Counter[str]()
    selector, dropped = selectors.DefaultSelector(), began
    for _ in range(count):
        connection = _connect(url)
        connection.sendall(GET + b"X-A: ")
        selector.register(connection, selectors.EVENT_READ)
    while selector.get_map() and time.perf_counter() - began < 60:
        for key, _ in selector.select(0.2):
            answers[_first_line(key.fileobj)] += 1
            selector.unregister(key.fileobj)
        if drop and time.perf_counter() - dropped > 1:
            dropped = time.perf_counter()
            for key in list(selector.get_map().values()):
                with contextlib.suppress(OSError):
                    key.fileobj.send(drop)  # type: ignore[union-attr]
    answers["still open"] += len(selector.get_map())
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return f"{_summary(answers)} after {time.perf_counter() - began:.0f} s"


def _first_line(connection: object) -> str:
    assert isinstance(connection, socket.socket)
    with connection, contextlib.suppress(OSError):
        return connection.recv(65536).partition(b"\r\n")[0].decode() or "closed"
    return "closed"


def _endless(url: str, seconds: float) -> str:
    answers, ended = Counter[str](), threading.Event()

    def send() -> None:
        while not ended.is_set():
            with _connect(url) as connection, contextlib.suppress(OSError):
                connection.sendall(GET + b"X-A: ")
                while not ended.is_set():
                    connection.sendall(b"a" * 65536)
            answers["cut off"] += 1

    sender = threading.Thread(target=send)
    sender.start()
    time.sleep(seconds)
    ended.set()
    sender.join()
    return _summary(answers)


def _zips(url: str, archive: bytes, count: int) -> str:
    # Made once: a client that is busy with its own bodies would look like a slow server.
    prepared = requests.Request(
        "POST", url + "/upload-data", files={"files": ("zeros.zip", archive)}
    ).prepare()

    def send(_: int) -> str:
        with requests.Session() as session:
            try:
                answer = session.send(prepared, timeout=600)
            except requests.RequestException as exc:
                return type(exc).__name__
        retry = (
            f" (Retry-After {answer.headers['Retry-After']})" if answer.status_code == 429 else ""
        )
        return f"{answer.status_code}{retry}"

    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        answers = Counter(pool.map(send, range(count)))
    return f"{_summary(answers)} after {time.perf_counter() - began:.0f} s"


def _zip_of_zeros(entries: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(entries):
            archive.writestr(f"Normal/{number}.png", bytes(ENTRY_BYTES))
    return written.getvalue()


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=60)


def _summary(answers: Counter[str]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in sorted(answers.items()) if count)


def _table(held: list[Held]) -> str:
    lines = [
        f"| held by | slowest health (≤ {TARGET_MS:.0f} ms) | slowest /status | RSS before, most, "
        "after | what became of it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in held:
        memory = " / ".join(f"{value:.0f}" for value in each.rss_mb)
        lines.append(
            f"| {each.name} | {each.health_ms:.0f} ms | {each.status_ms:.0f} ms | {memory} MB | "
            f"{each.outcome} |"
        )
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", help="of a server that runs; default: one is started")
    parser.add_argument("--halves", type=int, default=200, help="half-sent headers at once")
    parser.add_argument("--zips", type=int, default=45, help="at once")
    parser.add_argument("--entries", type=int, default=100, help="of each ZIP")
    parser.add_argument("--seconds", type=float, default=5, help="of nothing, and of one header")
    return parser.parse_args()


if __name__ == "__main__":
    main()
