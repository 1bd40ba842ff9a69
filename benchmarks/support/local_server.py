"""A server of a benchmark's own, with its files in a temporary folder."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

ROOT = Path(__file__).resolve().parents[2]
FILES_AT_ONCE = 100
# The rest of a command line is run under the host name that follows; only root may.
NAMED = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"')


@dataclass(slots=True)
class LocalServer:
    """`uvicorn api.main:app` on a port of its own; may be killed and started again.

    Attributes:
        folder: where all its files are.
        settings: names without ROENTGEN_, in lower case.
        environment: what it gets beside them.
        port: where it listens; 0: one that is free at its first start, which it keeps.
        machine: the name of the machine that it takes itself to be on, where this is root's
            process; empty: this one.
        root: the checkout that it runs.
    """

    folder: Path
    workers: int = 1
    settings: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    machine: str = ""
    root: Path = ROOT
    url: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self, port: int | None = None) -> None:
        """Start on this port, its own or any that is free, and wait until all workers are ready."""
        port = self.port = port or self.port or free_port()
        own = {
            "state_dir": f"{self.folder}/state",
            "models_dir": f"{self.folder}/models",
            "retrain_dir": f"{self.folder}/retrain_data",
            "log_level": "ERROR",
        } | self.settings
        command = [sys.executable, "-m", "uvicorn", "api.main:app", "--port", str(port)]
        named = [*NAMED, self.machine] if self.machine and os.getuid() == 0 else []
        self.process = subprocess.Popen(
            [*named, *command, "--workers", str(self.workers), "--log-level", "error"],
            cwd=self.root,
            # As on a machine of its own: what is below it has a share of the cores of its own.
            start_new_session=bool(self.machine),
            env=os.environ
            | {f"ROENTGEN_{name.upper()}": value for name, value in own.items()}
            | self.environment,
        )
        self.url = f"http://127.0.0.1:{port}"
        _wait_ready(self.process, self.url, self.workers)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Send it a signal, and wait for its end."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(workers: int = 1, **settings: str) -> Iterator[str]:
    """A server on a free port; yields its address once all workers are ready.

    Args:
        settings: names without ROENTGEN_, in lower case.
    """
    with tempfile.TemporaryDirectory() as folder:
        running = LocalServer(Path(folder), workers, settings)
        try:
            running.start()
            yield running.url
        finally:
            running.stop()


def upload(
    url: str, label: str, images: Iterable[tuple[str, bytes]], *, source: str | None = None
) -> None:
    """Send labelled films, (name, content), some at a time; `source`: the site they are of."""
    about = ({"label": label} if label else {}) | ({"source": source} if source else {})
    waiting = [("files", image) for image in images]
    for start in range(0, len(waiting), FILES_AT_ONCE):
        requests.post(
            url + "/upload-data",
            data=about,
            files=waiting[start : start + FILES_AT_ONCE],
            timeout=300,
        ).raise_for_status()


def retrain(url: str) -> dict[str, Any]:
    """Start a retraining and wait for its end; gives the job."""
    started = requests.post(url + "/retrain", timeout=60)
    started.raise_for_status()
    # An absolute path: `url` may be a task's.
    place = urljoin(url, started.json()["url"])
    while True:
        job: dict[str, Any] = requests.get(place, timeout=60).json()
        if job["finished_at"]:
            return job
        time.sleep(0.5)


def _wait_ready(process: subprocess.Popen[bytes], url: str, workers: int) -> None:
    while process.poll() is None:
        time.sleep(0.05)
        with contextlib.suppress(requests.RequestException):
            if _ready(url, workers):
                return
    raise SystemExit("Error: the server ended before it was ready; what it printed says why.")


def _ready(url: str, workers: int) -> bool:
    if workers == 1:
        return requests.get(url + "/health/ready", timeout=10).ok
    # Which of them answers is left to chance; each says with its heart-beat what it serves.
    found = requests.get(url + "/status", timeout=10).json()["workers"]
    return sum(bool(worker["model_version"]) for worker in found) == workers
