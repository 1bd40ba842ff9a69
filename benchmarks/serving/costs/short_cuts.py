"""What the short cuts of `POST /predict` save: a film asked for with them and around them.

One server, in turns; wrk posts the same film as it usually comes, with a parameter that says what
is so anyway (FastAPI then reads parameters and solves dependencies), and with a second field in the
form (a parser then takes it apart). `python -m benchmarks.serving.costs.short_cuts --help`.
"""

import argparse
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from api.reports.markdown import table
from benchmarks.serving.peers.wrk import Body, loaded, require_wrk
from benchmarks.serving.request_bodies import BOUNDARY, multipart
from benchmarks.support.large_images import LargeImage, large_images
from benchmarks.support.local_server import LocalServer
from benchmarks.support.processes import worked_s

HEADER = ("film", "bytes", "with both, ms of a processor", "FastAPI's handler", "the parser")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask for the same film."""

    path: str
    body: Body


def main() -> None:
    """Ask each way in turns, and print medians of what it costs more."""
    arguments = _arguments()
    require_wrk()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = LocalServer(folder / "server", 1, {})
        stack.callback(server.stop)
        server.start()
        rows = [_row(server, image, folder, arguments) for image in large_images()]
    print(table(HEADER, rows))


def _row(
    server: LocalServer, image: LargeImage, folder: Path, arguments: argparse.Namespace
) -> tuple[str, ...]:
    ways = _ways(image.content, folder)
    found: list[list[float]] = []
    # The first turn warms up.
    for _ in range(arguments.turns + 1):
        found.append([_cpu_ms(server, way, arguments) for way in ways])
    usual = statistics.median(turn[0] for turn in found[1:])
    more = [
        statistics.median(turn[number] / turn[0] - 1 for turn in found[1:]) for number in (1, 2)
    ]
    return (image.name, str(len(image.content)), f"{usual:.2f}", *(f"{x:+.1%}" for x in more))


def _ways(image: bytes, folder: Path) -> tuple[Way, ...]:
    alone = multipart(image)
    end = f"\r\n--{BOUNDARY}--\r\n".encode()
    more = f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="note"\r\n\r\nnone'.encode()
    bodies = []
    for number, content in enumerate((alone.content, alone.content.removesuffix(end) + more + end)):
        file = folder / f"body{number}"
        file.write_bytes(content)
        bodies.append(Body(file, alone.content_type))
    return (
        Way("/predict", bodies[0]),
        Way("/predict?explain=false", bodies[0]),
        Way("/predict", bodies[1]),
    )


def _cpu_ms(server: LocalServer, way: Way, arguments: argparse.Namespace) -> float:
    """Milliseconds that all processes of the server worked for an answer."""
    assert server.process is not None
    family = [psutil.Process(server.process.pid)]
    before = worked_s(family)
    load = loaded(
        server.url + way.path,
        way.body,
        connections=arguments.connections,
        seconds=arguments.seconds,
    )
    if load.errors:
        raise SystemExit(f"Error: {load.errors} requests to {way.path} failed.")
    answered = load.per_second * arguments.seconds
    return float(1e3 * (worked_s(family) - before) / max(1.0, answered))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=4, help="of a turn")
    parser.add_argument("--connections", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
