"""Bulk prediction over two nodes of one core each beside one node:
`python -m benchmarks.cluster.bulk --help`.

Starts clusters of its own on this machine (needs what is in requirements_ray.txt, and two cores
that nothing else uses), answers generated films with the shipped model, and prints films a second,
the memory of the program that shares them out, and what a node costs that is killed half way.
"""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from api.cli.bulk.answering import PartAnswers, Question
from api.cli.bulk.plan import Part
from api.cli.bulk.predict_in_bulk import predict_in_bulk
from api.cli.bulk.ray_cluster import RayCluster, ray_cluster
from api.cli.prediction.local_predictor import LocalSetup
from api.inputs.images.synthetic import synthetic_png
from api.reports.markdown import table
from api.settings import Settings

MEMORY_BYTES = 100_000_000
# Pictures that are drawn; the other films are the same under other names.
DRAWN = 50


class Watched:
    """A cluster of which something is killed after so many parts."""

    def __init__(self, ray: RayCluster, after: int, kill: Callable[[], None]) -> None:
        self._ray, self._left, self._kill = ray, after, kill
        self.cores, self.submit = ray.cores, ray.submit

    def take(self) -> tuple[Part, PartAnswers] | None:
        """As the cluster does."""
        answered = self._ray.take()
        self._left -= answered is not None
        if answered and self._left == 0:
            self._kill()
        return answered


def main() -> None:
    """Answer the films over one node, over two, and over two of which one is killed."""
    arguments = _arguments()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _draw(folder / "films", arguments.films)
        for what, nodes, kills in (
            ("one", 1, False),
            ("two", 2, False),
            ("two, one lost", 2, True),
        ):
            seconds, images, memory = _run(folder, what, nodes, arguments, kills=kills)
            rows.append(
                (what, str(images), f"{seconds:.1f}", f"{images / seconds:.1f}", f"{memory:.0f}")
            )
            print(rows[-1], flush=True)
    print(table(("nodes", "rows", "seconds", "films a second", "driver's memory, MB"), rows))


def _run(
    folder: Path, what: str, nodes: int, arguments: argparse.Namespace, *, kills: bool
) -> tuple[float, int, float]:
    from ray.cluster_utils import Cluster

    size: dict[str, Any] = {"num_cpus": 1, "object_store_memory": MEMORY_BYTES}
    settings = Settings(state_dir=folder / "state", log_level="WARNING")
    setup = LocalSetup.of(settings, None, operating_point=None, prevalence=None)
    cluster = Cluster(initialize_head=True, head_node_args=size | {"include_dashboard": False})
    added = [cluster.add_node(**size) for _ in range(nodes - 1)]
    out = folder / f"{what}.ndjson"
    half = arguments.films // 200 if kills else -1

    @contextlib.contextmanager
    def connect(question: Question) -> Iterator[Watched]:
        with ray_cluster(cluster.address, question) as ray:
            yield Watched(ray, half, lambda: cluster.remove_node(added[0], allow_graceful=False))

    try:
        # Each worker loads the model once; that is no part of the rate.
        predict_in_bulk([str(folder / "films" / "0")], setup, folder / f"{what}-warm.csv", connect)
        began = time.monotonic()
        counted = predict_in_bulk([str(folder / "films")], setup, out, connect)
        memory = psutil.Process().memory_info().rss / 1e6
        return time.monotonic() - began, counted.total(), memory
    finally:
        cluster.shutdown()


def _draw(folder: Path, images: int) -> None:
    pictures = [synthetic_png("lobar", seed=n, size_px=1024) for n in range(DRAWN)]
    for number in range(images):
        inside = folder / str(number // 1000)
        inside.mkdir(parents=True, exist_ok=True)
        path = inside / f"{number:07}.png"
        if number % 1000 < DRAWN:
            path.write_bytes(pictures[number % DRAWN])
        else:
            path.hardlink_to(inside / f"{number - number % 1000 + number % DRAWN:07}.png")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, default=20_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
