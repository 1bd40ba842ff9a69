"""What a retraining costs those who predict meanwhile.

Run it with `python -m benchmarks.retraining.under_load`.

Starts a server of its own with its files in a temporary folder, uploads generated films, measures
prediction latency before, during and after a retraining in the same run, and prints one table. With
`--task iris` the films are asked about as before, and it is the table's task that is retrained,
promoted and rolled back meanwhile.
"""

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import requests

from benchmarks.support.local_server import retrain, server, upload

LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")


class Clients:
    """Predict all the time; remember when each request began, how long it took, how it ended."""

    def __init__(self, url: str, image: bytes, *, count: int, pause_s: float) -> None:
        self._url, self._image, self._pause_s = url, image, pause_s
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
                files = {"file": self._image}
                status = session.post(self._url + "/predict", files=files, timeout=60).status_code
            except requests.RequestException:
                status = 0
            self.rows.append((began, time.perf_counter() - began, status))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1, help="retrainings, one after the other")
    parser.add_argument("--pause-ms", type=float, default=40, help="between a client's requests")
    parser.add_argument("--per-class", type=int, default=25, help="generated films uploaded")
    parser.add_argument("--task", choices=("pneumonia", "iris"), default="pneumonia")
    parser.add_argument("--seconds", type=float, default=20, help="measured before and after")
    options = parser.parse_args()
    with server(options.workers) as url:
        learning = f"{url}/tasks/{options.task}"
        _upload(learning, options.per_class)
        image = requests.get(f"{url}/phantoms/Normal.png?seed=999", timeout=30).content
        clients = Clients(url, image, count=options.clients, pause_s=options.pause_ms / 1e3)
        time.sleep(3)
        marks = [time.perf_counter()]
        time.sleep(options.seconds)
        marks.append(time.perf_counter())
        state = " ".join(_learned(learning) for _ in range(options.rounds))
        marks.append(time.perf_counter())
        time.sleep(options.seconds)
        marks.append(time.perf_counter())
        clients.stop()
    _print(clients.rows, marks, state)


def _learned(url: str) -> str:
    """Retrain; a version that serves is rolled back and promoted again."""
    job = retrain(url)
    if job["state"] != "promoted":
        return str(job["state"])
    for path in ("/models/rollback", f"/models/{job['version']}/promote"):
        requests.post(url + path, json={"reason": "benchmark"}, timeout=60).raise_for_status()
    return f"{job['state']}, rolled back, promoted"


def _upload(url: str, per_class: int) -> None:
    if url.endswith("iris"):
        _upload_rows(url, per_class)
        return
    for label in LABELS:
        drawn = (f"{url}/phantoms/{label}.png?seed={seed}" for seed in range(per_class))
        images = [(f"{n}.png", requests.get(at, timeout=30).content) for n, at in enumerate(drawn)]
        upload(url, label, images)


def _upload_rows(url: str, per_class: int) -> None:
    """Measured flowers, each a little off: a row that is known is not learned again."""
    from sklearn.datasets import load_iris

    known, rng = load_iris(), np.random.default_rng(0)
    lines = ["sepal_length,sepal_width,petal_length,petal_width,label"]
    for number, label in enumerate(known.target_names):
        rows = rng.choice(known.data[known.target == number], per_class)
        for row in np.maximum(rows + rng.normal(0, 0.05, rows.shape), 0.05):
            lines.append(",".join([*(f"{value:.3f}" for value in row), label]))
    upload(url, "", [("rows.csv", "\n".join(lines).encode())])


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
