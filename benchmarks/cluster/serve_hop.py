"""What the hop through Ray Serve's proxy costs beside bare Uvicorn, in one run:
`python -m benchmarks.cluster.serve_hop --help`.

Both serve the shipped model on this machine (needs what is in requirements_ray.txt). Rounds of the
one and the other alternate. `--upload-mb` sends one large body slowly taken (an upload of training
films) through Serve, and prints how much of it its proxy held in memory at most.
"""

import argparse
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import requests

from api.inputs.images.synthetic import synthetic_png
from api.reports.markdown import table
from benchmarks.support.local_server import server

CHUNK_BYTES = 1_000_000
PROXY = "ProxyActor"


def main() -> None:
    """Measure, and print a row each."""
    arguments = _arguments()
    image = synthetic_png("lobar", seed=1, size_px=1024)
    timings: dict[str, list[float]] = {"uvicorn": [], "Ray Serve": []}
    seconds = dict.fromkeys(timings, 0.0)
    with server(auth="off", auth_off_is_intended="true") as bare, _serve(arguments.port) as hop:
        for _ in range(arguments.rounds):
            for name, url in (("uvicorn", bare), ("Ray Serve", hop)):
                began = time.monotonic()
                timings[name] += _asked(url, image, arguments.films, arguments.connections)
                seconds[name] += time.monotonic() - began
        rows = [
            (
                name,
                f"{len(taken) / seconds[name]:.1f}",
                f"{np.percentile(taken, 50):.1f}",
                f"{np.percentile(taken, 99):.1f}",
            )
            for name, taken in timings.items()
        ]
        print(table(("server", "films a second", "p50 ms", "p99 ms"), rows), flush=True)
        if arguments.upload_mb:
            print(_held_of_upload(hop, arguments.upload_mb))


def _asked(url: str, image: bytes, images: int, connections: int) -> list[float]:
    """Milliseconds of each of so many answers."""
    own = threading.local()

    def ask(_: int) -> float:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        began = time.perf_counter()
        answer = own.session.post(f"{url}/predict", files={"file": ("a.png", image)}, timeout=120)
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1e3

    with ThreadPoolExecutor(connections) as pool:
        return list(pool.map(ask, range(images)))


def _held_of_upload(url: str, size_mb: int) -> str:
    """What the proxy's memory grows by while a body passes that nobody wants."""
    proxies = [p for p in psutil.process_iter() if PROXY in " ".join(_command(p))]
    before = sum(p.memory_info().rss for p in proxies)
    most, stop = [before], threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            most.append(sum(p.memory_info().rss for p in proxies))

    watcher = threading.Thread(target=watch)
    watcher.start()
    body = (bytes(CHUNK_BYTES) for _ in range(size_mb))
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    with contextlib.suppress(requests.RequestException):
        requests.post(f"{url}/upload-data", data=body, headers=headers, timeout=600)
    stop.set()
    watcher.join()
    return f"{size_mb} MB sent in pieces: the proxy grew by {(max(most) - before) / 1e6:.0f} MB"


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


@contextlib.contextmanager
def _serve(port: int) -> Iterator[str]:
    """The application on a cluster of its own; yields its address once it is ready."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    from ray import serve

    from deploy.ray.serve_app import Sizes, application

    root = str(Path(__file__).resolve().parents[2])
    with tempfile.TemporaryDirectory() as folder:
        own = {
            "PYTHONPATH": root,
            "ROENTGEN_STATE_DIR": f"{folder}/state",
            "ROENTGEN_MODELS_DIR": f"{folder}/models",
            "ROENTGEN_RETRAIN_DIR": f"{folder}/retrain_data",
            "ROENTGEN_LOG_LEVEL": "ERROR",
            "ROENTGEN_AUTH": "off",
            "ROENTGEN_AUTH_OFF_IS_INTENDED": "true",
        }
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=100_000_000,
            runtime_env={"env_vars": own},
            log_to_driver=False,
        )
        try:
            serve.start(http_options={"host": "127.0.0.1", "port": port})
            serve.run(application(Sizes(cpus=1, max_nodes=1)), name="roentgen", route_prefix="/")
            yield f"http://127.0.0.1:{port}"
        finally:
            serve.shutdown()
            ray.shutdown()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--films", type=int, default=200, help="a round")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=28000, help="of Ray Serve's proxy")
    parser.add_argument("--upload-mb", type=int, default=0, help="size of a large upload; 0: none")
    return parser.parse_args()


if __name__ == "__main__":
    main()
