"""What nginx in front costs: a bare server, the same one behind `deploy/nginx/cluster.conf`, and
two nodes behind it, asked in turns in one run. All share one PostgreSQL and the champion's row.

    python -m benchmarks.cluster.hops.nginx

wrk, nginx, PostgreSQL and the nodes share the cores of one machine: where it has few, a second node
adds nothing, and the figures say what the hop costs.
"""

import argparse
import json
import shutil
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.serving.costs.heatmap import _jpeg
from benchmarks.serving.peers.wrk import Body, Load, loaded, require_wrk
from benchmarks.serving.request_bodies import multipart
from benchmarks.support.local_server import LocalServer
from tests.deploy.nginx_process import API_NAME, nginx_process
from tests.support import postgres

CONFIGURATION = Path(__file__).resolve().parents[3] / "deploy/nginx/cluster.conf"
ADDRESSES = ("10.0.0.11:8000", "10.0.0.12:8000")
# A benchmark is one client; the configuration bounds what one may ask for.
UNBOUND = {"rate=100r/s": "rate=1000000r/s"}


def main() -> None:
    """Ask all of them in turns, and print medians and ratios to the bare server."""
    arguments = _arguments()
    require_wrk()
    if postgres.programs() is None or shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        raise SystemExit("Error: install nginx and PostgreSQL first (Debian: nginx postgresql).")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        body = body_in(folder)
        urls = _started(stack, folder, fsync_off=arguments.fsync_off)
        found: dict[str, list[Load]] = {name: [] for name in urls}
        for number in range(arguments.turns + 1):
            for name, url in urls.items():
                load = loaded(
                    f"{url}/predict",
                    body,
                    connections=arguments.connections,
                    seconds=arguments.seconds,
                )
                # The first one warms up.
                if number:
                    found[name].append(load)
    print("| | films/s | of bare | p50 ms | p99 ms | errors |")
    print("| --- | --- | --- | --- | --- | --- |")
    bare = median_of(found["bare uvicorn"], "per_second")
    for name, loads in found.items():
        rate = median_of(loads, "per_second")
        print(
            f"| {name} | {rate:.1f} | {rate / bare:.2f} | {median_of(loads, 'p50_ms'):.1f} "
            f"| {median_of(loads, 'p99_ms'):.1f} | {sum(load.errors for load in loads)} |"
        )


def _started(stack: ExitStack, folder: Path, *, fsync_off: bool) -> dict[str, str]:
    """Where each of them is asked, by its name; all end with the stack."""
    url = stack.enter_context(postgres.running(durable=not fsync_off)).create()
    one, two = (_node(stack, folder / name, name, url) for name in ("one", "two"))
    ports = [int(node.url.rpartition(":")[2]) for node in (one, two)]
    behind = {
        "nginx, one node": (ports[0], ports[0]),
        "nginx, two nodes": (ports[0], ports[1]),
    }
    urls = {"bare uvicorn": one.url}
    for number, (name, chosen) in enumerate(behind.items()):
        nginx = stack.enter_context(
            nginx_process(
                folder / f"nginx{number}",
                nodes=dict(zip(ADDRESSES, chosen, strict=True)),
                configuration=CONFIGURATION,
                changes=UNBOUND,
            )
        )
        urls[name] = f"https://127.0.0.1:{nginx.https}"
    return urls


def _node(stack: ExitStack, folder: Path, name: str, database_url: str) -> LocalServer:
    settings = {
        "database_url": database_url,
        "node": name,
        "allowed_hosts": json.dumps([API_NAME]),
        # Behind nginx nobody is on this machine.
        "auth": "off",
        "auth_off_is_intended": "true",
    }
    node = LocalServer(folder, 1, settings)
    stack.callback(node.stop)
    node.start()
    return node


def body_in(folder: Path) -> Body:
    """A film as nginx gets it."""
    packed = multipart(_jpeg(1, 448, 448))
    file = folder / "body"
    file.write_bytes(packed.content)
    # The configuration tells the API from the UI by the name that is asked for.
    return Body(file, packed.content_type, {"Host": API_NAME})


def median_of(loads: list[Load], what: str) -> float:
    """Of one figure of several turns."""
    return float(statistics.median(getattr(load, what) for load in loads))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nginx.py", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=8, help="of one turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument(
        "--fsync-off",
        action="store_true",
        help="commits wait for no disk, as those of earlier figures",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
