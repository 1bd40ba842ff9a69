"""What a retraining costs those who predict meanwhile: `python benchmarks/retrain_under_load.py`.

Starts a server of its own with its files in a temporary folder, uploads generated films, measures
prediction latency before, during and after a retraining in the same run, and prints one table.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import requests

ROOT = Path(__file__).resolve().parent.parent
LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")


@contextmanager
def server(workers: int) -> Iterator[str]:
    """A server on a free port; yields its address once all workers are ready."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        folders = {
            "ROENTGEN_STATE_DIR": f"{folder}/state",
            "ROENTGEN_MODELS_DIR": f"{folder}/models",
            "ROENTGEN_RETRAIN_DIR": f"{folder}/retrain_data",
            "ROENTGEN_LOG_LEVEL": "ERROR",
        }
        command = ["-m", "uvicorn", "api.main:app", "--port", str(port), "--workers", str(workers)]
        process = subprocess.Popen(
            [sys.executable, *command, "--log-level", "error"], cwd=ROOT, env=os.environ | folders
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_ready(url, workers)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


class Clients:
    """Predict all the time; remember when each request began, how long it took, how it ended."""

    def __init__(self, url: str, film: bytes, *, count: int, pause_s: float) -> None:
        self._url, self._film, self._pause_s = url, film, pause_s
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(count)
        self.rows: list[tuple[float, float, int]] = []
        for _ in range(count):
            self._pool.submit(self._work)

    def stop(self) -> None:
        """End, after the requests under way."""
        self._stop.set()
        self._pool.shutdown()

    def _work(self) -> None:
        session = requests.Session()
        while not self._stop.wait(self._pause_s):
            began = time.perf_counter()
            try:
                files = {"file": self._film}
                status = session.post(self._url + "/predict", files=files, timeout=60).status_code
            except requests.RequestException:
                status = 0
            self.rows.append((began, time.perf_counter() - began, status))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pause-ms", type=float, default=40, help="between a client's requests")
    parser.add_argument("--per-class", type=int, default=25, help="generated films uploaded")
    parser.add_argument("--seconds", type=float, default=20, help="measured before and after")
    options = parser.parse_args()
    with server(options.workers) as url:
        _upload(url, options.per_class)
        film = requests.get(f"{url}/phantoms/Normal.png?seed=999", timeout=30).content
        clients = Clients(url, film, count=options.clients, pause_s=options.pause_ms / 1e3)
        time.sleep(3)
        marks = [time.perf_counter()]
        time.sleep(options.seconds)
        marks.append(time.perf_counter())
        state = _retrain(url)
        marks.append(time.perf_counter())
        time.sleep(options.seconds)
        marks.append(time.perf_counter())
        clients.stop()
    _print(clients.rows, marks, state)


def _wait_ready(url: str, workers: int) -> None:
    while True:
        time.sleep(0.2)
        try:
            found = requests.get(url + "/status", timeout=10).json()["workers"]
        except requests.RequestException:
            continue
        if sum(bool(worker["model_version"]) for worker in found) == workers:
            return


def _upload(url: str, per_class: int) -> None:
    for label in LABELS:
        films = [
            (
                "files",
                (f"{seed}.png", requests.get(f"{url}/phantoms/{label}.png?seed={seed}").content),
            )
            for seed in range(per_class)
        ]
        requests.post(url + "/upload-data", data={"label": label}, files=films, timeout=120)


def _retrain(url: str) -> str:
    address = url + requests.post(url + "/retrain", timeout=30).json()["url"]
    while True:
        job = requests.get(address, timeout=30).json()
        if job["finished_at"]:
            return str(job["state"])
        time.sleep(0.5)


def _print(rows: list[tuple[float, float, int]], marks: list[float], state: str) -> None:
    heads = ("seconds", "requests", "failed", "p50 ms", "p99 ms", "p99 ratio")
    print(f"{'':8}" + "".join(f"{head:>11}" for head in heads))
    first = None
    for name, start, end in zip(("before", "during", "after"), marks, marks[1:], strict=False):
        inside = [row for row in rows if start <= row[0] < end]
        p50, p99 = np.percentile([row[1] * 1e3 for row in inside], [50, 99])
        first = first or p99
        failed = sum(row[2] != 200 for row in inside)
        print(
            f"{name:8}{end - start:11.1f}{len(inside):11}{failed:11}{p50:11.1f}{p99:11.1f}"
            f"{p99 / first:11.2f}"
        )
    print(f"the retraining ended as: {state}")


if __name__ == "__main__":
    main()
