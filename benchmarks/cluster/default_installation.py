"""What the cluster's adapters cost those who use none of them: nothing, by this comparison.

    python -m benchmarks.cluster.default_installation

Starts the server with its default settings (SQLite, folders, processes) from this commit and from
an earlier one (`--before`, the last one without PostgreSQL, buckets and Ray), in turns in one run,
lets each answer films, and prints medians of: seconds until it is ready, memory of the serving
process and of all its processes (PSS), modules that are loaded, and requirements of the core. Exit
code 1 if a module of the cluster's, SciPy, scikit-learn or TensorFlow is loaded, the core needs one
of them more than before, or start or memory are above the bounds. It takes four minutes.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from api.inputs.images.synthetic import synthetic_png
from api.reports.markdown import table
from api.settings import ROOT

BEFORE = "1477e53"
# None of these may be loaded by a server that does not need it.
FORBIDDEN = (
    "boto", "boto3", "botocore", "fsspec", "highdicom", "keras", "obstore", "onnx", "psycopg",
    "psycopg_pool", "pynetdicom", "ray", "scipy", "sklearn", "tensorflow",
)  # fmt: skip
# Of the core's requirements; what TensorFlow brings along is none of them.
ADAPTERS = ("boto", "fsspec", "obstore", "psycopg", "ray", "s3fs")
MAX_RATIO = 1.1
# Enough that the stream of answers is looked at, which makes its reference ready.
FILMS = 60
# What begins with the first films has ended where memory stays within a hundredth for so long.
SETTLED_S = 5.0
SETTLES_WITHIN_S = 60.0
# Loads the application as Uvicorn does, and says at the end what is loaded.
# Uvicorn sends the signal that stopped it once more, to whoever handled it before.
SERVE = """
import json, signal, sys, uvicorn
signal.signal(signal.SIGTERM, lambda *_: None)
uvicorn.run("api.main:app", port=int(sys.argv[1]), log_level="error")
with open(sys.argv[2], "w") as file:
    json.dump(sorted(sys.modules), file)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One start: seconds until it was ready, memory in MB, and the modules of the process."""

    start_s: float
    own_mb: float
    all_mb: float
    modules: frozenset[str]


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        _git("worktree", "add", "--detach", str(before), arguments.before)
        try:
            found: dict[str, list[Measured]] = {"before": [], "now": []}
            for turn in range(arguments.turns):
                for name, root in (("before", before), ("now", ROOT)):
                    home = Path(folder) / f"{name}-{turn}"
                    found[name].append(_measured(root, home))
        finally:
            _git("worktree", "remove", "--force", str(before))
    rows = _rows(found["before"], found["now"])
    print(table((f"median of {arguments.turns}", arguments.before, "now", "ratio"), rows))
    problems = _problems(found, arguments.before)
    for sentence in problems:
        print(sentence)
    raise SystemExit(1 if problems else 0)


def _rows(before: list[Measured], now: list[Measured]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for title, name in (
        ("seconds until ready", "start_s"),
        ("memory of the serving process, MB", "own_mb"),
        ("memory of all its processes, MB", "all_mb"),
    ):
        first, last = _median(before, name), _median(now, name)
        rows.append((title, f"{first:.2f}", f"{last:.2f}", f"{last / first:.2f}"))
    counts = [len(measured[-1].modules) for measured in (before, now)]
    rows.append(("modules", str(counts[0]), str(counts[1]), f"{counts[1] / counts[0]:.2f}"))
    return rows


def _problems(found: dict[str, list[Measured]], before: str) -> list[str]:
    loaded = {module.partition(".")[0] for module in found["now"][-1].modules}
    problems = [f"{name} is loaded." for name in FORBIDDEN if name in loaded]
    added = _requirements(_git("show", "HEAD:pyproject.toml")) - _requirements(
        _git("show", f"{before}:pyproject.toml")
    )
    print(f"The core's requirements gained: {', '.join(sorted(added)) or 'none'}.")
    problems += [f"The core requires {name}." for name in sorted(added) if name in ADAPTERS]
    for name in ("start_s", "own_mb", "all_mb"):
        ratio = _median(found["now"], name) / _median(found["before"], name)
        if ratio > MAX_RATIO:
            problems.append(
                f"{name} is {ratio:.2f} of what it was; at most {MAX_RATIO:g} is meant."
            )
    return problems


def _measured(root: Path, home: Path) -> Measured:
    home.mkdir()
    modules = home / "modules.json"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "ROENTGEN_STATE_DIR": f"{home}/state",
        "ROENTGEN_RETRAIN_DIR": f"{home}/films",
        "ROENTGEN_LOG_LEVEL": "ERROR",
    }
    clean = {name: value for name, value in os.environ.items() if "ROENTGEN" not in name}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port), str(modules)], cwd=root, env=clean | own
    )
    try:
        url = f"http://127.0.0.1:{port}"
        start_s = _ready_after(url, process, begun)
        image = synthetic_png("clear", seed=1)
        for _ in range(FILMS):
            requests.post(f"{url}/predict", files={"file": image}, timeout=60).raise_for_status()
        memory = _settled_pss_mb(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)
    return Measured(start_s, memory[0], sum(memory), frozenset(json.loads(modules.read_text())))


def _ready_after(url: str, process: "subprocess.Popen[bytes]", begun: float) -> float:
    while process.poll() is None:
        try:
            if requests.get(f"{url}/health/ready", timeout=30).ok:
                return time.perf_counter() - begun
        except requests.ConnectionError:
            pass
        time.sleep(0.02)
    raise SystemExit("Error: the server ended before it was ready; what it printed says why.")


def _settled_pss_mb(pid: int) -> list[float]:
    memory, begun = _pss_mb(pid), time.monotonic()
    while time.monotonic() < begun + SETTLES_WITHIN_S:
        time.sleep(SETTLED_S)
        before, memory = memory, _pss_mb(pid)
        if abs(sum(memory) - sum(before)) < 0.01 * sum(before):
            break
    return memory


def _pss_mb(pid: int) -> list[float]:
    """Of the serving process, and of each that it started."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return [each.memory_full_info().pss / 1e6 for each in family]


def _median(measured: list[Measured], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in measured))


def _requirements(pyproject: str) -> set[str]:
    """The names of the core's requirements."""
    listed = tomllib.loads(pyproject)["project"]["dependencies"]
    return {str(each).partition(">")[0].partition("<")[0].partition("[")[0] for each in listed}


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="default_installation.py", description=__doc__)
    parser.add_argument("--before", default=BEFORE, help="the earlier commit")
    parser.add_argument("--turns", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
