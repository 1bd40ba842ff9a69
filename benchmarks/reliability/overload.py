"""What is left of the service when too much is asked of it.

Run it with `python -m benchmarks.reliability.overload`.

Starts a server of its own, measures how many films a second it answers over 8 connections, then
offers four times as many for a minute, without waiting for answers or heeding `Retry-After`. Beside
it a gentle client goes on sending a film now and then, and the health endpoints are asked. Then
more connections than have room in the queue send again as soon as they are answered or refused, as
wrk does it. Prints one table, with what was wanted beside it.
"""

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
import requests

from api.settings import Settings
from benchmarks.reliability.open_loop import OK, Generator, Sent
from benchmarks.reliability.overload_report import Capacity, Flood, Hammering, Seen, report
from benchmarks.serving.request_bodies import RequestBody, multipart
from benchmarks.support import processes
from benchmarks.support.large_images import large_image
from benchmarks.support.local_server import server
from benchmarks.support.prediction_log import kept_ids
from benchmarks.support.watcher import Watcher, timed

CONNECTIONS = 8
WARM_S, AROUND_S = 2.0, 4.0


def main() -> None:
    """Measure and print."""
    options = _arguments()
    image = options.film.read_bytes() if options.film else large_image(1400, 1100, "JPEG")
    settings = Settings(compute_threads=options.threads, max_wait_ms=options.max_wait_ms)
    threads, wait = str(settings.interpreters), str(settings.max_wait_ms)
    with server(compute_threads=threads, max_wait_ms=wait) as url:
        flood = _flooded(url, image, settings, options)
    load = psutil.getloadavg()[0]
    print(f"film of {len(image) / 1e3:.0f} KB, {psutil.cpu_count()} cores, load {load:.1f}\n")
    print(report(flood))


def _flooded(url: str, image: bytes, settings: Settings, options: argparse.Namespace) -> Flood:
    process, body = _process(url), multipart(image)
    _capacity(process, url, body, WARM_S)
    before = _capacity(process, url, body, options.capacity_seconds)
    generator = Generator(url + "/predict", body)
    with (
        Watcher(lambda: (processes.memory_mb([process]), True), 0.1) as memory,
        Watcher(timed("POST", url + "/predict", image), 0.1) as gentle,
        Watcher(timed("GET", url + "/health/live"), 0.1) as live,
        Watcher(timed("GET", url + "/health/ready"), 0.5) as ready,
    ):
        time.sleep(AROUND_S)
        start, worked, own = time.perf_counter(), processes.worked_s([process]), time.process_time()
        generator.open_loop(options.times * before.per_second, seconds=options.seconds)
        worked, own = processes.worked_s([process]) - worked, time.process_time() - own
        time.sleep(AROUND_S)
    after = _capacity(process, url, body, options.capacity_seconds)
    return Flood(
        threads=settings.interpreters,
        max_wait_s=settings.max_wait_ms / 1e3,
        times=options.times,
        capacities=(before, after),
        start=start,
        end=start + options.seconds,
        sent=generator.sent,
        closed_by_server=generator.closed_by_server,
        lost=len(_answered_ids(generator.sent) - kept_ids(url)),
        server_cpu_s=worked,
        generator_cpu_s=own,
        seen=Seen(memory=memory, gentle=gentle, live=live, ready=ready),
        hammering=_hammered(process, url, body, options),
    )


def _hammered(
    process: psutil.Process, url: str, body: RequestBody, options: argparse.Namespace
) -> Hammering:
    generator = Generator(url + "/predict", body)
    with Watcher(lambda: (processes.memory_mb([process]), True), 0.1) as memory:
        start = time.perf_counter()
        generator.closed_loop(options.hammering, seconds=options.hammering_seconds)
        took = time.perf_counter() - start
    peak = max(look.value for look in memory.seen)
    return Hammering(options.hammering, took, generator.sent, peak)


def _capacity(process: psutil.Process, url: str, body: RequestBody, seconds: float) -> Capacity:
    generator = Generator(url + "/predict", body)
    start, worked = time.perf_counter(), processes.worked_s([process])
    generator.closed_loop(CONNECTIONS, seconds=seconds)
    took, worked = time.perf_counter() - start, processes.worked_s([process]) - worked
    answered = sum(each.status == OK for each in generator.sent)
    if not answered:
        raise SystemExit("Error: the server answered no film; POST one to /predict to see why.")
    return Capacity(answered / took, worked / answered * 1e3)


def _answered_ids(sent: Iterable[Sent]) -> set[str]:
    return {each.prediction for each in sent if each.prediction}


def _process(url: str) -> psutil.Process:
    (worker,) = requests.get(url + "/status", timeout=60).json()["workers"]
    return psutil.Process(worker["pid"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="of the flood")
    parser.add_argument("--times", type=float, default=4, help="the capacity is offered")
    parser.add_argument("--capacity-seconds", type=float, default=8, help="before, and after")
    parser.add_argument("--hammering", type=int, default=256, help="connections that come again")
    parser.add_argument("--hammering-seconds", type=float, default=20)
    parser.add_argument("--film", type=Path, help="default: a generated JPEG of 300 KB")
    parser.add_argument("--threads", type=int, default=0, help="0: one a core")
    parser.add_argument("--max-wait-ms", type=float, default=1000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
