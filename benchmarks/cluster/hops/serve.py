"""What the hops cost: bare Uvicorn, the same behind nginx, Ray Serve, and Ray Serve behind nginx,
asked in turns in one run with the shipped model:

    python -m benchmarks.cluster.hops.serve

Needs what is in requirements_ray.txt, wrk and nginx. All share this machine's cores with wrk, so
the figures say what a hop costs, and not what a second machine brings. nginx adds TLS.
"""

import argparse
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from api.reports.markdown import table
from benchmarks.cluster.hops.nginx import (
    ADDRESSES,
    CONFIGURATION,
    UNBOUND,
    body_in,
    median_of,
)
from benchmarks.cluster.serve_nodes import serve_nodes, settings_of
from benchmarks.serving.peers.wrk import Load, loaded, require_wrk
from benchmarks.support.local_server import LocalServer
from tests.deploy.nginx_process import nginx_process


def main() -> None:
    """Ask all of them in turns, and print medians and ratios to the bare server."""
    arguments = _arguments()
    require_wrk()
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        raise SystemExit("Error: install nginx first (Debian: nginx).")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        body, urls = body_in(folder), _started(stack, folder)
        found: dict[str, list[Load]] = {name: [] for name in urls}
        for turn in range(arguments.turns + 1):
            for name, url in urls.items():
                load = loaded(
                    f"{url}/predict",
                    body,
                    connections=arguments.connections,
                    seconds=arguments.seconds,
                )
                # The first one warms up.
                if turn:
                    found[name].append(load)
    print(_table(found))


def _started(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Where each of them is asked, by its name; all end with the stack."""
    bare = LocalServer(folder / "bare", 1, settings_of(folder / "bare"))
    stack.callback(bare.stop)
    bare.start()
    (folder / "serve").mkdir()
    hop = stack.enter_context(serve_nodes([settings_of(folder / "serve")]))
    ports = {"Uvicorn": int(bare.url.rpartition(":")[2]), "Ray Serve": hop.ports[0]}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    for number, (name, port) in enumerate(ports.items()):
        nginx = stack.enter_context(
            nginx_process(
                folder / f"nginx{number}",
                nodes=dict.fromkeys(ADDRESSES, port),
                configuration=CONFIGURATION,
                changes=UNBOUND,
            )
        )
        urls[f"nginx, {name}"] = f"https://127.0.0.1:{nginx.https}"
    return urls


def _table(found: dict[str, list[Load]]) -> str:
    bare = median_of(found["Uvicorn"], "per_second")
    rows = []
    for name, loads in found.items():
        rate = median_of(loads, "per_second")
        times = (f"{median_of(loads, which):.1f}" for which in ("p50_ms", "p99_ms"))
        errors = sum(load.errors for load in loads)
        rows.append((name, f"{rate:.1f}", f"{rate / bare:.2f}", *times, str(errors)))
    return table(("server", "films/s", "of bare", "p50 ms", "p99 ms", "errors"), rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=8, help="of one turn")
    parser.add_argument("--turns", type=int, default=4)
    return parser.parse_args()


if __name__ == "__main__":
    main()
