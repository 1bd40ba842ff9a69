"""What it costs to serve all tasks beside one: memory, and time until the server is ready.

Run it with `python -m benchmarks.serving.all_tasks`.

Starts servers of its own, in turns: with the default task alone; with all tasks that have a model;
and with all of them loaded at the start (`ROENTGEN_PRELOAD`). Each task is asked once before memory
is read: proportional set size of all processes, in which what several share is divided among them.
What a server does once after its start, as reading what shifts are measured against, takes half a
second and 30 MB that stay; so memory is read once it stands still.

    python -m benchmarks.serving.all_tasks --models FOLDER

`--models` is a folder with the models of all tasks, the default one's among them; without it the
shipped ones are measured.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil
import requests

from api.reports.markdown import table
from benchmarks.support.local_server import ROOT, LocalServer
from benchmarks.support.processes import memory_mb
from benchmarks.support.training_inputs import an_input

DEFAULT_TASK = "pneumonia"
DEFAULT_MODEL = "mobilenet_pneumonia_finetuned.h5"
MAX_MORE_MB, MAX_LATER_S = 60.0, 0.5
# Compiling a model for the first time imports TensorFlow.
START_TIMEOUT_S = 300.0
STEADY_READINGS, STEADY_MB = 5, 1.0

ONE, ALL, PRELOADED = "one task", "all tasks", "all tasks, preloaded"
SETTINGS = {
    ONE: {"tasks": f'["{DEFAULT_TASK}"]', "diagnosis_task": DEFAULT_TASK},
    ALL: {},
    PRELOADED: {"preload": "true"},
}


@dataclass(slots=True)
class Measured:
    """Of each start: MB with every task asked once; s until the default task, and until every
    task that is loaded at the start, is ready."""

    memory_mb: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    tasks: set[str] = field(default_factory=set)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder of models")
    parser.add_argument("--rounds", type=int, default=5, help="starts of each")
    options = parser.parse_args()
    found = {name: Measured() for name in SETTINGS}
    with tempfile.TemporaryDirectory() as folder:
        # What is compiled at the first start is there for the others.
        _measure(Path(folder), options.models, PRELOADED, Measured())
        for number in range(options.rounds):
            order = list(SETTINGS) if number % 2 == 0 else list(SETTINGS)[::-1]
            for name in order:
                _measure(Path(folder), options.models, name, found[name])
    _print(found)


def _measure(folder: Path, models: Path, name: str, into: Measured) -> None:
    settings = {"default_model": f"{models}/{DEFAULT_MODEL}"} | SETTINGS[name]
    server = LocalServer(folder, settings=settings)
    began = time.perf_counter()
    try:
        server.start()
        listed = requests.get(server.url + "/tasks", timeout=60).json()["tasks"]
        tasks = [task["name"] for task in listed if task["champion"]]
        if name == PRELOADED:
            for task in tasks:
                _wait_ready(f"{server.url}/tasks/{task}")
        into.ready_s.append(time.perf_counter() - began)
        for task in tasks:
            response = requests.post(
                f"{server.url}/tasks/{task}/predict", timeout=120, **an_input(server.url, task)
            )
            response.raise_for_status()
        into.tasks.update(tasks)
        assert server.process is not None
        into.memory_mb.append(_settled_mb(psutil.Process(server.process.pid)))
    finally:
        server.stop()


def _settled_mb(server: psutil.Process) -> float:
    """What it takes once that does not change any more.

    Raises: SystemExit if it does not stand still.
    """
    readings: list[float] = []
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        readings.append(memory_mb([server]))
        last = readings[-STEADY_READINGS:]
        if len(last) == STEADY_READINGS and max(last) - min(last) < STEADY_MB:
            return last[-1]
        time.sleep(0.5)
    raise SystemExit(
        f"Error: the server's memory does not stand still after {START_TIMEOUT_S:g} s."
    )


def _wait_ready(url: str) -> None:
    """Raises: SystemExit if the task is not ready in time."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not requests.get(url + "/health/ready", timeout=60).ok:
        if time.monotonic() > deadline:
            raise SystemExit(f"Error: {url} is not ready after {START_TIMEOUT_S:g} s.")
        time.sleep(0.02)


def _print(found: dict[str, Measured]) -> None:
    base = found[ONE]
    print(f"tasks: {', '.join(sorted(found[ALL].tasks))}; load average {os.getloadavg()[0]:.1f}\n")
    rows = []
    for name, measured in found.items():
        more = median(measured.memory_mb) - median(base.memory_mb)
        later = median(measured.ready_s) - median(base.ready_s)
        rows.append((name, _range(measured.memory_mb, 0), f"{more:+.0f}",
                     _range(measured.ready_s, 2), f"{later:+.2f}"))  # fmt: skip
    print(table(("server", "MB", "more", "ready after, s", "later"), rows))
    print(f"\nwanted: at most {MAX_MORE_MB:g} MB more, ready at most {MAX_LATER_S:g} s later")


def _range(values: list[float], digits: int) -> str:
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


if __name__ == "__main__":
    main()
