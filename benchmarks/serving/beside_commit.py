"""How fast an earlier commit answers films, and this one, in one run: `… b1e9a0a0`.

With `--now` a later commit in place of this one.

Both servers run with their default settings and the model that they ship, one after the other in
turns, every other turn backwards; each turn is a start, a second of warming up and a load by wrk.
Prints medians of films a second and of the processor time of a film, and their ratio turn by turn.
`python -m benchmarks.serving.beside_commit --help`.
"""

import argparse
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from api.reports.markdown import table
from benchmarks.serving.peers.wrk import Body, loaded, require_wrk
from benchmarks.serving.request_bodies import multipart
from benchmarks.support.large_images import LargeImage, large_images
from benchmarks.support.local_server import ROOT, LocalServer
from benchmarks.support.processes import worked_s

HEADER = ("film", "films a second", "now", "ratio", "CPU ms a film", "now", "ratio")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one server did with one film: answers a second, and its work for one."""

    per_second: float
    cpu_ms: float


def main() -> None:
    """Measure both in turns, and print."""
    arguments = _arguments()
    require_wrk()
    images = large_images()
    with (
        tempfile.TemporaryDirectory() as folder,
        _tree(arguments.commit) as before,
        _tree(arguments.now) as now,
    ):
        turns = [
            _turn(number, (before, now), Path(folder), images, arguments)
            for number in range(arguments.turns)
        ]
    print(f"{arguments.connections} connections, median of {arguments.turns} turns.\n")
    print(table(HEADER, [_row(image, turns) for image in images]))


Turn = dict[tuple[str, bool], Measured]


def _turn(
    number: int,
    roots: tuple[Path, Path],
    folder: Path,
    images: tuple[LargeImage, ...],
    arguments: argparse.Namespace,
) -> Turn:
    """Both once; by the film's name and whether it is this commit."""
    found: Turn = {}
    for is_now in (False, True) if number % 2 == 0 else (True, False):
        server = LocalServer(folder / f"{number}-{is_now}", root=roots[is_now])
        try:
            server.start()
            for image in images:
                found[image.name, is_now] = _measured(server, image, folder, arguments)
        finally:
            server.stop()
    return found


def _measured(
    server: LocalServer, image: LargeImage, folder: Path, arguments: argparse.Namespace
) -> Measured:
    assert server.process is not None
    packed = multipart(image.content)
    file = folder / "body"
    file.write_bytes(packed.content)
    body, url = Body(file, packed.content_type), f"{server.url}/predict"
    loaded(url, body, connections=arguments.connections, seconds=1)
    family = [psutil.Process(server.process.pid)]
    before = worked_s(family)
    load = loaded(url, body, connections=arguments.connections, seconds=arguments.seconds)
    if load.errors:
        raise SystemExit(f"Error: {load.errors} requests to {server.root} failed.")
    worked_ms = 1e3 * (worked_s(family) - before)
    return Measured(load.per_second, worked_ms / max(1.0, load.per_second * arguments.seconds))


def _row(image: LargeImage, turns: list[Turn]) -> tuple[str, ...]:
    cells = [image.name]
    for name, digits in (("per_second", 1), ("cpu_ms", 2)):
        pairs = [
            [getattr(turn[image.name, is_now], name) for is_now in (False, True)] for turn in turns
        ]
        ratio = statistics.median(now / before for before, now in pairs)
        middle = [statistics.median(values) for values in zip(*pairs, strict=True)]
        cells += [*(f"{value:.{digits}f}" for value in middle), f"{ratio:.3f}"]
    return tuple(cells)


@contextmanager
def _tree(commit: str | None) -> Iterator[Path]:
    """The files of a commit; without one, those that are here."""
    if commit is None:
        yield ROOT
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commit", help="an earlier commit")
    parser.add_argument(
        "--now", metavar="COMMIT", help="a later commit in place of the files that are here"
    )
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=4, help="of a load")
    parser.add_argument("--connections", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    main()
