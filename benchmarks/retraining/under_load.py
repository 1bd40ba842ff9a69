"""What retrainings cost those who predict meanwhile.

Run it with `python -m benchmarks.retraining.under_load`.

Starts a server of its own with its files in a temporary folder, asks the default task all the time,
and meanwhile, for each of `--tasks`: uploads inputs, retrains, promotes, rolls back and promotes
again, all through HTTP. One table has the latency before, during and after, in the same run.

    python -m benchmarks.retraining.under_load --tasks iris mammography --models FOLDER

`--models` is the folder of the models that serve at the start: the default task's and beside it the
others'; train those that are not shipped into it first.
Where the gate keeps a challenger, it is promoted by hand with a reason, as a person may.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.support.clients import Asked, Clients, poster
from benchmarks.support.local_server import ROOT, retrain, server, upload
from benchmarks.support.training_inputs import Uploads, an_input, training_inputs
from benchmarks.support.watcher import quantiles

DEFAULT_TASK = "pneumonia"
DEFAULT_MODEL = "mobilenet_pneumonia_finetuned.h5"
MAX_RATIO = 1.3
# Between two requests of the one client of a task that is retrained.
OWN_PAUSE_S = 0.2
SWAP_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the run, from one moment to another (`time.perf_counter`)."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Learner:
    """A task that is retrained: its address, an input as `requests.post` takes it, and what is
    uploaded before each retraining."""

    name: str
    url: str
    one: dict[str, Any]
    uploads: list[Uploads]

    def answers(self) -> str:
        """The version that answers. Raises: SystemExit with what the server says."""
        response = requests.post(f"{self.url}/predict", timeout=120, **self.one)
        if not response.ok:
            raise SystemExit(f"Error: {response.json()['detail']}")
        return str(response.json()["model_version"])

    def move(self, path: str, reason: str, *, expected: str) -> None:
        """Promote or roll back, and wait until predictions are by the version that is to serve.

        Raises: requests.HTTPError, SystemExit.
        """
        requests.post(self.url + path, json={"reason": reason}, timeout=60).raise_for_status()
        self.wait_for(expected)

    def wait_for(self, version: str) -> None:
        """Raises: SystemExit if the version does not answer in time."""
        deadline = time.monotonic() + SWAP_TIMEOUT_S
        while self.answers() != version:
            if time.monotonic() > deadline:
                raise SystemExit(f"Error: {version} of {self.name} does not answer.")
            time.sleep(0.2)


def main() -> None:
    """Measure and print."""
    options = _parser().parse_args()
    stretches: list[Stretch] = []
    with server(options.workers, default_model=f"{options.models}/{DEFAULT_MODEL}") as url:
        learners = [_learner(url, task, options) for task in options.tasks]
        for learner in learners:
            # Loads its model, so that nobody waits for that later.
            learner.answers()
        asked = _clients(url, learners, options)
        try:
            ends = _run(learners, stretches, seconds=options.seconds)
        finally:
            for clients in asked.values():
                clients.stop()
    _print(asked, stretches)
    print("\n".join(ends))


def _run(learners: list[Learner], stretches: list[Stretch], *, seconds: float) -> list[str]:
    """What came of each retraining; the stretches are added to the list."""
    ends = []
    time.sleep(3)
    with _stretch("before", stretches):
        time.sleep(seconds)
    for learner in learners:
        with _stretch(f"during {learner.name}", stretches):
            ends += [_learned(learner, inputs) for inputs in learner.uploads]
    with _stretch("after", stretches):
        time.sleep(seconds)
    return ends


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="+", default=["pneumonia"], help="what is retrained")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder of models")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4, help="that ask the default task")
    parser.add_argument("--rounds", type=int, default=1, help="retrainings of each task")
    parser.add_argument("--pause-ms", type=float, default=40, help="between a client's requests")
    parser.add_argument("--per-class", type=int, default=25, help="inputs uploaded, of each class")
    parser.add_argument("--seconds", type=float, default=20, help="measured before and after")
    return parser


def _learner(url: str, task: str, options: argparse.Namespace) -> Learner:
    uploads = [training_inputs(url, task, options.per_class, seed=n) for n in range(options.rounds)]
    return Learner(task, f"{url}/tasks/{task}", an_input(url, task), uploads)


def _clients(url: str, learners: list[Learner], options: argparse.Namespace) -> dict[str, Clients]:
    """Those of the default task, and one of each other task that is retrained."""
    ask = poster(url, **an_input(url, DEFAULT_TASK))
    pause_s = options.pause_ms / 1e3
    found = {DEFAULT_TASK: Clients(ask, count=options.clients, pause_s=pause_s)}
    for learner in learners:
        if learner.name != DEFAULT_TASK:
            own = poster(learner.url, **learner.one)
            found[learner.name] = Clients(own, count=1, pause_s=OWN_PAUSE_S)
    return found


@contextmanager
def _stretch(name: str, into: list[Stretch]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    into.append(Stretch(name, start, time.perf_counter()))


def _learned(learner: Learner, inputs: Uploads) -> str:
    """Upload, retrain, promote, roll back, promote again; says what came of it."""
    before = learner.answers()
    for label, files in inputs.items():
        upload(learner.url, label, files)
    job = retrain(learner.url)
    version, title = job["version"], f"{learner.name}: {job['version']} {job['state']} by the gate"
    if version is None:
        return f"{learner.name}: {job['state']}, {job['reason']}"
    promotion = f"/models/{version}/promote"
    if job["state"] == "promoted":
        learner.wait_for(version)
    else:
        learner.move(promotion, "benchmark: the gate kept it", expected=version)
        title += ", promoted by hand"
    learner.move("/models/rollback", "benchmark", expected=before)
    learner.move(promotion, "benchmark", expected=version)
    return f"{title}, rolled back to {before}, promoted again"


def _print(asked: dict[str, Clients], stretches: list[Stretch]) -> None:
    first, *others = asked
    heads = ("seconds", "requests", "failed", "p50 ms", "p99 ms", "p99 ratio")
    print(f"{first:20}" + "".join(f"{head:>11}" for head in heads))
    base = None
    for stretch in stretches:
        inside = asked[first].between(stretch.start, stretch.end)
        p50, p99 = quantiles([each.duration_ms for each in inside])
        base = base or p99
        print(
            f"{stretch.name:20}{stretch.end - stretch.start:11.1f}{len(inside):11}"
            f"{_failed(inside):11}{p50:11.1f}{p99:11.1f}{p99 / base:11.2f}"
        )
    for task in others:
        own = asked[task].asked
        seen = sorted({each.version for each in own if each.version})
        print(f"{task}: {len(own)} requests, {_failed(own)} failed, answered by {', '.join(seen)}")
    failed = sum(_failed(clients.asked) for clients in asked.values())
    print(f"wanted: 0 failed (found {failed}), p99 ratio during ≤ {MAX_RATIO}")


def _failed(asked: list[Asked]) -> int:
    return sum(not each.ok for each in asked)


if __name__ == "__main__":
    main()
