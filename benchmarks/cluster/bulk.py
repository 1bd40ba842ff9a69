"""Bulk prediction over two nodes of one core each beside one node:
`python -m benchmarks.cluster.bulk --help`.

Starts clusters of its own on this machine (needs what is in requirements_ray.txt, and two cores
that nothing else uses) and answers drawn films, or those of a folder, with the shipped model. A
node is held to a core of its own, the first one together with the program that shares films out,
as on two machines. Prints films a second over one node, over two, and over two of which one is
killed half way; each table is read again: every film has to be in it once.
"""

import argparse
import contextlib
import io
import itertools
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

from api.cli.bulk.answering import BulkQuestion, PartAnswers, answer_part
from api.cli.bulk.plan import Part, Row
from api.cli.bulk.predict_in_bulk import predict_in_bulk
from api.cli.bulk.ray_cluster import RayCluster, ray_cluster
from api.cli.prediction.local_predictor import LocalSetup
from api.inputs.images.synthetic import synthetic_image
from api.reports.markdown import table
from api.settings import Settings

MEMORY_BYTES = 100_000_000
# Pictures there are; the other films are the same under other names.
DISTINCT = 10
A_FOLDER = 1000
SIZE_PX = 1024


class Watched:
    """A cluster of which something is killed after so many parts."""

    def __init__(self, ray: RayCluster[Row], after: int, kill: Callable[[], None]) -> None:
        self._ray, self._left, self._kill = ray, after, kill
        self.cores, self.submit = ray.cores, ray.submit

    def take(self) -> tuple[Part, PartAnswers[Row]] | None:
        """As the cluster does."""
        answered = self._ray.take()
        self._left -= answered is not None
        if answered and self._left == 0:
            self._kill()
        return answered


def main() -> None:
    """Answer films over one node, over two, and over two of which one is killed."""
    arguments = _arguments()
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise SystemExit("Error: two nodes need two cores.")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.sched_setaffinity(0, cores[:1])
    rows, rates = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = _pictures(arguments.source)
        _fill(folder / "few", pictures, arguments.measured)
        _fill(folder / "films", pictures, arguments.films)
        for what, folder_of_images, nodes, kills in (
            ("one", folder / "few", cores[:1], False),
            ("two", folder / "few", cores, False),
            ("two, one killed half way", folder / "films", cores, True),
        ):
            seconds, memory = _run(folder_of_images, what, nodes, kills=kills)
            there, once = _counted(folder, what), len(list(folder_of_images.rglob("*.*")))
            rates.append(there / seconds)
            is_right = "yes" if there == once else f"NO: {once} films"
            rows.append(
                (what, str(there), is_right, f"{seconds:.1f}", f"{rates[-1]:.1f}", f"{memory:.0f}")
            )
            print(rows[-1], flush=True)
    heads = ("nodes", "rows", "each film once", "seconds", "films a second", "driver's memory, MB")
    print(table(heads, rows))
    print(f"\ntwo nodes answer {rates[1] / rates[0]:.2f} times as many films a second as one")
    if any(row[2] != "yes" for row in rows):
        raise SystemExit("Error: a table has not every film once.")


def _run(images: Path, what: str, cores: Sequence[int], *, kills: bool) -> tuple[float, float]:
    """Seconds, and the driver's memory in MB."""
    from ray.cluster_utils import Cluster

    folder = images.parent
    size: dict[str, Any] = {"num_cpus": 1, "object_store_memory": MEMORY_BYTES}
    settings = Settings(state_dir=folder / "state", log_level="WARNING")
    setup = LocalSetup.of(settings, None, operating_point=None, prevalence=None)
    cluster = Cluster(initialize_head=True, head_node_args=size | {"include_dashboard": False})
    added = []
    for core in cores[1:]:
        with _on(core):
            added.append(cluster.add_node(**size))
    parts = len(list(images.rglob("*.*"))) // 100
    half = max(parts // 2, 1) if kills else -1

    began = 0.0

    @contextlib.contextmanager
    def connect(question: BulkQuestion) -> Iterator[Watched]:
        nonlocal began
        with ray_cluster(cluster.address, answer_part, question) as ray:
            _warm(ray, images, nodes=len(cores))
            began = time.monotonic()
            yield Watched(ray, half, lambda: cluster.remove_node(added[0], allow_graceful=False))

    try:
        predict_in_bulk([str(images)], setup, f"{folder}/{what}.ndjson", connect)
        return time.monotonic() - began, psutil.Process().memory_info().rss / 1e6
    finally:
        cluster.shutdown()


def _warm(ray: RayCluster[Row], images: Path, *, nodes: int) -> None:
    """A node's process loads the model once; that is no part of the rate."""
    some = [str(path) for path in itertools.islice(images.rglob("*.*"), 20)]
    for number in range(nodes):
        ray.submit((number, some))
    while nodes:
        nodes -= ray.take() is not None


@contextlib.contextmanager
def _on(core: int) -> Iterator[None]:
    """What is started meanwhile stays on this core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _counted(folder: Path, what: str) -> int:
    """Films of the table that have a row each; a film that has two counts as none."""
    with (folder / f"{what}.ndjson").open(encoding="utf-8") as lines:
        names = [json.loads(each)["filename"] for each in lines]
    return len(set(names)) if len(set(names)) == len(names) else 0


def _pictures(source: Path | None) -> list[tuple[str, bytes]]:
    """Endings and contents of films."""
    if source is not None:
        paths = sorted(p for p in source.rglob("*") if p.is_file() and not p.name.startswith("."))
        return [(path.suffix or ".jpg", path.read_bytes()) for path in paths[:DISTINCT]]
    return [(".jpg", _jpeg(seed)) for seed in range(DISTINCT)]


def _jpeg(seed: int) -> bytes:
    file = io.BytesIO()
    drawn = synthetic_image("lobar", seed=seed, size_px=SIZE_PX)
    Image.fromarray(drawn).save(file, "JPEG", quality=90)
    return file.getvalue()


def _fill(folder: Path, pictures: Sequence[tuple[str, bytes]], images: int) -> None:
    """So many names; one picture a folder is written, the others are links to it."""
    for number in range(images):
        inside = folder / str(number // A_FOLDER)
        inside.mkdir(parents=True, exist_ok=True)
        within, which = number % A_FOLDER, number % len(pictures)
        path = inside / f"{number:07}{pictures[which][0]}"
        if within < len(pictures):
            path.write_bytes(pictures[which][1])
        else:
            path.hardlink_to(inside / f"{number - len(pictures):07}{pictures[which][0]}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, default=20_000, help="of the run with a killed node")
    parser.add_argument("--measured", type=int, default=3000, help="of those that are compared")
    parser.add_argument(
        "--source",
        type=Path,
        help=f"a folder: {DISTINCT} of its films under many names; otherwise they are drawn",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
