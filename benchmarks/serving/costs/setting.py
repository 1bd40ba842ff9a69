"""What a setting costs a film: two servers that differ in it, asked in turns in one run.

    python -m benchmarks.serving.costs.setting metrics=false
    python -m benchmarks.serving.costs.setting auth=required --key

Both run beside each other, and wrk posts the same film to one and then the other, so that what else
the machine does meets both. Where it does much, neither figure means anything.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from benchmarks.serving.costs.heatmap import _jpeg
from benchmarks.serving.peers.wrk import Body, loaded, require_wrk
from benchmarks.serving.request_bodies import multipart
from benchmarks.support.local_server import LocalServer
from benchmarks.support.processes import worked_s


@dataclass(frozen=True, slots=True)
class Turn:
    """Answers a second, and milliseconds that all processes of the server worked for one."""

    per_second: float
    cpu_ms: float


def main() -> None:
    """Ask both in turns, and print medians and their ratio."""
    arguments = _arguments()
    require_wrk()
    name, _, value = arguments.setting.partition("=")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        body = _body(folder)
        bodies = {"as it is": body, arguments.setting: body}
        servers = {
            "as it is": _started(stack, folder / "one", arguments.workers, {}),
            arguments.setting: _started(stack, folder / "two", arguments.workers, {name: value}),
        }
        if arguments.key:
            bearer = {"Authorization": f"Bearer {_key(folder / 'two')}"}
            bodies[arguments.setting] = replace(body, headers=bearer)
        found: dict[str, list[Turn]] = {each: [] for each in servers}
        for number in range(arguments.turns + 1):
            for each, server in servers.items():
                turn = _turn(server, bodies[each], arguments)
                # The first one warms up.
                if number:
                    found[each].append(turn)
    for each, turns in found.items():
        print(
            f"{each}: {_median(turns, 'per_second'):.1f} films/s, "
            f"{_median(turns, 'cpu_ms'):.3f} ms of processor a film"
        )
    ours, others = found.values()
    ratios = [one.cpu_ms / other.cpu_ms - 1 for one, other in zip(ours, others, strict=True)]
    print(f"difference in processor time: {statistics.median(ratios):+.1%} (median of turns)")


def _started(stack: ExitStack, folder: Path, workers: int, settings: dict[str, str]) -> LocalServer:
    server = LocalServer(folder, workers, settings)
    stack.callback(server.stop)
    server.start()
    return server


def _key(folder: Path) -> str:
    """A key of the server whose files lie there, made on its command line."""
    done = subprocess.run(
        [sys.executable, "-m", "api", "key", "add", "benchmark", "--right", "predict"],
        env=os.environ | {"ROENTGEN_STATE_DIR": f"{folder}/state"},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()[-1]


def _turn(server: LocalServer, body: Body, arguments: argparse.Namespace) -> Turn:
    assert server.process is not None
    family = [psutil.Process(server.process.pid)]
    before = worked_s(family)
    load = loaded(
        server.url + "/predict",
        body,
        connections=arguments.connections,
        seconds=arguments.seconds,
    )
    answered = load.per_second * arguments.seconds
    return Turn(load.per_second, 1e3 * (worked_s(family) - before) / max(1.0, answered))


def _body(folder: Path) -> Body:
    packed = multipart(_jpeg(1, 448, 448))
    file = folder / "body"
    file.write_bytes(packed.content)
    return Body(file, packed.content_type)


def _median(turns: list[Turn], what: str) -> float:
    return float(statistics.median(getattr(turn, what) for turn in turns))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "setting", help="of the second server: a name without ROENTGEN_, and its value"
    )
    parser.add_argument(
        "--key", action="store_true", help="requests to the second server carry a key"
    )
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=5, help="of a turn")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
