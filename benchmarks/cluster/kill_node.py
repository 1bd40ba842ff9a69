"""What clients notice of a node that is killed (`kill -9`) under load, behind nginx:

    python -m benchmarks.cluster.kill_node
    python -m benchmarks.cluster.kill_node --nodes ray
    python -m benchmarks.cluster.kill_node --nodes ray --kill head

Clients send films one after the other through `deploy/nginx/cluster.conf` to two nodes on one
PostgreSQL, each heeding the champion's number that it was given. A version is promoted meanwhile,
then a node is killed, and started again. Prints requests that failed, those that nginx asked of
another node, whether any client met an older version than before, records that are missing, for
how long a client waited at most, and when the node was ready again. Of a head it prints for how
long the other node answers; a new head is a new cluster. Needs nginx and PostgreSQL; `ray` what is
in requirements_ray.txt, too.
"""

import argparse
import contextlib
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sqlalchemy import create_engine, text

from benchmarks.cluster.hops.nginx import ADDRESSES, CONFIGURATION, UNBOUND
from benchmarks.cluster.serve_nodes import serve_nodes, settings_of
from benchmarks.serving.costs.heatmap import _jpeg
from benchmarks.support.local_server import LocalServer
from benchmarks.support.versions import add_version
from tests.deploy.nginx_process import API_NAME, Nginx, nginx_process
from tests.support import postgres

SEQUENCE, AT_LEAST = "X-Champion-Sequence", "X-Champion-At-Least"
TIMEOUT_S = 120
FORMAT = "log_format tried '$upstream_status';"
LOG = {"/roentgen.log roentgen;": "/tried.log tried;"}


@dataclass
class Seen:
    """What one client was answered, in its order; times in seconds of one clock."""

    ids: list[str] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    waited_s: float = 0.0


@dataclass
class Load:
    """Clients that send films until they are stopped."""

    nginx: Nginx
    image: bytes
    clients: list[Seen]
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """Meanwhile they do."""
        threads = [threading.Thread(target=self._send, args=(seen,)) for seen in self.clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def answered(self) -> int:
        return sum(len(seen.ids) for seen in self.clients)

    def more(self, answers: int, *, within_s: float = TIMEOUT_S) -> bool:
        """Whether so many more came in time."""
        goal, until = self.answered() + answers, time.monotonic() + within_s
        while self.answered() < goal and time.monotonic() < until:
            time.sleep(0.05)
        return self.answered() >= goal

    def failed(self) -> int:
        return sum(len(seen.failed) for seen in self.clients)

    def _send(self, seen: Seen) -> None:
        highest = 0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                answer = self.ask("/predict", {AT_LEAST: str(highest)}, files={"file": self.image})
                answer.raise_for_status()
            except requests.RequestException as exc:
                seen.failed.append(str(exc))
                self._stop.wait(0.5)
                continue
            highest = max(highest, int(answer.headers[SEQUENCE]))
            seen.sequences.append(int(answer.headers[SEQUENCE]))
            seen.versions.append(answer.json()["model_version"])
            seen.ids.append(answer.json()["id"])
            seen.at.append(time.monotonic())
            seen.waited_s = max(seen.waited_s, time.monotonic() - began)

    def ask(self, path: str, headers: dict[str, str], **options: object) -> requests.Response:
        """POST through nginx, on a connection of its own."""
        return requests.post(
            f"https://127.0.0.1:{self.nginx.https}{path}",
            headers={"Host": API_NAME} | headers,
            verify=str(self.nginx.certificate),
            timeout=TIMEOUT_S,
            **options,  # type: ignore[arg-type]
        )


@dataclass(frozen=True)
class Nodes:
    """Two of them: their ports, how one is killed, and how it is started again."""

    ports: list[int]
    kill: Callable[[], None]
    restart: Callable[[], None] | None


def main() -> None:
    """Load two nodes, promote, kill, and print what was noticed."""
    arguments = _arguments()
    if postgres.programs() is None or shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        raise SystemExit("Error: install nginx and PostgreSQL first (Debian: nginx postgresql).")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(postgres.running(durable=True)).create()
        nodes = _started(stack, folder, url, arguments)
        nginx = stack.enter_context(_nginx(folder, nodes.ports))
        load = Load(nginx, _jpeg(1, 448, 448), [Seen() for _ in range(arguments.clients)])
        with load.sending():
            load.more(arguments.answers)
            promoted = load.ask("/models/v2/promote", {}, json={"reason": "killed under load"})
            promoted.raise_for_status()
            load.more(arguments.answers)
            before, at = load.failed(), time.monotonic()
            print(f"answers {load.answered()}, failed {before}; then a version was promoted")
            nodes.kill()
            load.more(arguments.answers)
            failed = load.failed() - before
            print(f"kill -9 of a {arguments.kill}: failed {failed}; {_later(load, at)}")
            if nodes.restart is None:
                print(f"the other node answered for {_lasted(load, at):.0f} s")
            else:
                print(f"ready again {_restarted(nodes):.1f} s after it was started again")
        _print_whole(load, folder, url)


def _later(load: Load, at: float) -> str:
    after = sorted(t - at for seen in load.clients for t in seen.at if t > at)
    gap = max((b - a for a, b in itertools.pairwise([0.0, *after])), default=0.0)
    return f"{len(after)} answers after it, at most {gap:.2f} s between two of them"


def _lasted(load: Load, at: float) -> float:
    """Seconds until the last answer, as far as that comes within three minutes."""
    until = time.monotonic() + 180
    while time.monotonic() < until and load.more(1, within_s=30):
        time.sleep(1)
    return max((t - at for seen in load.clients for t in seen.at), default=0.0)


def _restarted(nodes: Nodes) -> float:
    """Seconds until the killed node is ready."""
    assert nodes.restart is not None
    began = time.monotonic()
    nodes.restart()
    url = f"http://127.0.0.1:{nodes.ports[1]}/health/ready"
    while time.monotonic() - began < 900:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, headers={"Host": API_NAME}, timeout=TIMEOUT_S).ok:
                return time.monotonic() - began
        time.sleep(0.2)
    raise SystemExit("Error: the killed node was not ready within 900 s; read its log.")


def _nginx(folder: Path, ports: list[int]) -> AbstractContextManager[Nginx]:
    upstream = "upstream roentgen_nodes {"
    return nginx_process(
        folder / "nginx",
        nodes=dict(zip(ADDRESSES, ports, strict=True)),
        configuration=CONFIGURATION,
        changes=UNBOUND | LOG | {upstream: f"{FORMAT}\n{upstream}"},
    )


def _print_whole(load: Load, folder: Path, url: str) -> None:
    tried = (folder / "nginx/tried.log").read_text(encoding="utf-8").splitlines()
    ids = [each for seen in load.clients for each in seen.ids]
    engine = create_engine(url)
    with engine.connect() as connection:
        there = set(connection.execute(text("SELECT id FROM predictions")).scalars())
    engine.dispose()
    monotone = all(seen.sequences == sorted(seen.sequences) for seen in load.clients)
    versions = {" then ".join(dict.fromkeys(seen.versions)) for seen in load.clients}
    print(
        f"\nanswers {len(ids)}, failed {load.failed()}, asked of another node "
        f"{sum(',' in line for line in tried)}, longest wait "
        f"{max(seen.waited_s for seen in load.clients):.1f} s\n"
        f"each client's champion only went forward: {'yes' if monotone else 'NO'} "
        f"({'; '.join(sorted(versions))})\n"
        f"records lost: {len(set(ids) - there)}; stored and given to nobody: "
        f"{len(there - set(ids))}"
    )
    for reason in sorted({reason for seen in load.clients for reason in seen.failed})[:5]:
        print("failed:", reason)


def _started(stack: ExitStack, folder: Path, url: str, arguments: argparse.Namespace) -> Nodes:
    add_version(folder / "models" / "pneumonia" / "v2", "v2")
    own = {"database_url": url, "models_dir": f"{folder}/models", "compute_threads": "1"}
    names = ("one", "two")
    settings = [settings_of(folder / name) | own | {"node": name} for name in names]
    if arguments.nodes == "ray":
        ray = stack.enter_context(serve_nodes(settings))
        is_head = arguments.kill == "head"
        return Nodes(ray.ports, lambda: ray.kill(head=is_head), None if is_head else ray.add)
    servers = [LocalServer(folder / each["node"], 1, each) for each in settings]
    for server in servers:
        stack.callback(server.stop)
        server.start()
    ports = [int(server.url.rpartition(":")[2]) for server in servers]
    return Nodes(ports, lambda: servers[1].stop(9), lambda: servers[1].start(ports[1]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--nodes", choices=("uvicorn", "ray"), default="uvicorn")
    parser.add_argument("--kill", choices=("node", "head"), default="node")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--answers", type=int, default=200, help="before and after each event")
    return parser.parse_args()


if __name__ == "__main__":
    main()
