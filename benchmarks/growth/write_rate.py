"""How many answers a second do the records take, from several nodes at once?

    python -m benchmarks.growth.write_rate

Processes of their own write answers into one PostgreSQL server as a node does: by its writer, which
commits together what comes together, each commit with its counters, one node's after the other's.
Each process has so many answers on their way, as a busy node has. Asked of 1, 2 and 5 processes,
with commits that are on the disk before they are acknowledged, and with `fsync=off`; server and
processes share the cores of this machine, and nothing is answered beside it. Prints a table, with
the milliseconds of an fsync of this disk below it. It takes two minutes and a half.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

from api.clock import now
from api.records.answers.prediction_writer import PredictionWriter
from api.records.answers.predictions import PredictionRecord
from api.records.database import open_database
from api.records.servers.write_health import WriteHealth
from api.reports.markdown import table
from tests.records.stored_predictions import record
from tests.support import postgres

TASK = "pneumonia"
# How many answers a node committed, and how long each of its commits took.
Results = SimpleQueue[tuple[int, list[float]]]
# Before anything is counted.
WARM_UP_S = 2.0


class Committed:
    """Counts what a writer commits, once it is to."""

    def __init__(self) -> None:
        self.is_counting = threading.Event()
        self.answers = 0
        self.seconds: list[float] = []

    def committed(self, task: str, records: Sequence[PredictionRecord], *, seconds: float) -> None:
        if self.is_counting.is_set():
            self.answers += len(records)
            self.seconds.append(seconds)

    def failed(self) -> None:
        raise SystemExit("Error: answers were not stored.")


def main() -> None:
    arguments = _arguments()
    rows = []
    for durable in (True, False):
        for processes in arguments.processes:
            found = measure(processes, arguments, durable=durable)
            rows.append(("on" if durable else "off", str(processes), *found))
            print(" | ".join(rows[-1]), flush=True)
    print()
    print(table(("fsync", "nodes", "answers/s", "commits/s", "in a commit", "commit, ms"), rows))
    print(f"\nfdatasync of 8 KB on this disk: {_fsync_ms():.1f} ms (median of 100).")


def measure(processes: int, arguments: argparse.Namespace, *, durable: bool) -> tuple[str, ...]:
    """Answers and commits a second, answers in each, and the median of one, in milliseconds."""
    context = get_context("spawn")
    with postgres.running(durable=durable) as server:
        url = server.create()
        open_database(url, timeout_s=30).dispose()
        results: Results = context.SimpleQueue()
        nodes = [
            context.Process(
                target=write,
                args=(url, arguments.seconds, arguments.at_once, number, processes, results),
            )
            for number in range(processes)
        ]
        for node in nodes:
            node.start()
        found = [results.get() for _ in nodes]
        for node in nodes:
            node.join()
    answers = sum(each[0] for each in found)
    times = [seconds for each in found for seconds in each[1]]
    return (
        f"{answers / arguments.seconds:.0f}",
        f"{len(times) / arguments.seconds:.0f}",
        f"{answers / max(1, len(times)):.1f}",
        f"{statistics.median(times) * 1e3:.1f}",
    )


def write(
    url: str, seconds: float, at_once: int, number: int, processes: int, results: "Results"
) -> None:
    """One node: keeps so many answers on their way, and says what was committed in the time."""
    database, counted = open_database(url, timeout_s=30, for_requests=True), Committed()
    writer = PredictionWriter(database, WriteHealth(), is_busy=lambda: True, observer=counted)
    waiting: deque[Future[None]] = deque()
    made, begun = 0, time.monotonic()
    # Imports take a second each where all begin at once.
    counts_from = begun + WARM_UP_S + processes
    while time.monotonic() < counts_from + seconds:
        if time.monotonic() >= counts_from:
            counted.is_counting.set()
        while len(waiting) < at_once:
            made += 1
            answer = replace(record(made), id=f"{number}-{made}", created_at=now())
            waiting.append(writer.add(answer, task=TASK))
        waiting.popleft().result()
    counted.is_counting.clear()
    writer.close()
    database.dispose()
    results.put((counted.answers, counted.seconds))


def _fsync_ms() -> float:
    times = []
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        for _ in range(100):
            file.write(bytes(8192))
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e3


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="write_rate.py", description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 5])
    parser.add_argument("--seconds", type=float, default=12.0, help="of each")
    parser.add_argument("--at-once", type=int, default=40, help="answers on their way, a process")
    return parser.parse_args()


if __name__ == "__main__":
    main()
