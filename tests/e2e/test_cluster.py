"""Two nodes behind nginx, on one PostgreSQL and one folder of checkpoints: real processes.

The tests come in their order; each leaves both nodes on v2, but for the last, which kills one.
"""

import json
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from api.registry.store import WEIGHTS_NAME
from api.settings import ROOT
from tests.deploy.nginx_process import API_NAME, Nginx, nginx_process
from tests.support import images, postgres
from tests.support.checkpoints import TinyCheckpoint, add_version, damage
from tests.support.waiting import wait_until
from tests.web.server_process import Process, server_process

TASK = "pneumonia"
CLIENTS = 3
TIMEOUT_S = 60
CONFIGURATION = ROOT / "deploy/nginx/cluster.conf"
FAST = {"rate=100r/s": "rate=100000r/s"}


@dataclass
class Seen:
    """What one client was answered: versions, and the champion's numbers, in their order."""

    versions: list[str] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass
class Cluster:
    """The nodes, and what stands before them."""

    nodes: tuple[Process, Process]
    nginx: Nginx
    # Node two has a folder of its own, with links into the first's.
    folders: tuple[Path, Path]

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Through the balancer, on a connection of its own."""
        headers = {"Host": API_NAME} | options.pop("headers", {})
        return requests.request(
            method,
            f"https://127.0.0.1:{self.nginx.https}{path}",
            headers=headers,
            verify=str(self.nginx.certificate),
            timeout=TIMEOUT_S,
            **options,
        )

    def nodes_shown(self) -> dict[str, dict[str, Any]]:
        status = self.ask("GET", "/status").json()
        return {node["node"]: node for node in status["nodes"]}

    @contextmanager
    def load(self) -> Iterator[tuple[list[Seen], Callable[[int], None]]]:
        """Clients that send films one after the other, each heeding the numbers it was given; what
        they were answered so far, and a way to wait for so many more answers of each."""
        stop, clients = threading.Event(), [Seen() for _ in range(CLIENTS)]
        threads = [
            threading.Thread(target=self._send, args=(number, seen, stop))
            for number, seen in enumerate(clients)
        ]

        def more(answers: int) -> None:
            goals = [len(seen.versions) + answers for seen in clients]
            wait_until(
                lambda: all(
                    len(seen.versions) >= goal or seen.failed
                    for seen, goal in zip(clients, goals, strict=True)
                ),
                "clients were answered",
            )

        for thread in threads:
            thread.start()
        try:
            more(2)
            yield clients, more
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=TIMEOUT_S)

    def _send(self, client: int, seen: Seen, stop: threading.Event) -> None:
        highest = 0
        for number in count():
            if stop.is_set():
                return
            image = {"file": images.png(client * 3 + number % 3)}
            heeded = {"X-Champion-At-Least": str(highest)}
            try:
                response = self.ask("POST", "/predict", files=image, headers=heeded)
                response.raise_for_status()
            except requests.RequestException as exc:
                seen.failed.append(f"{exc} {exc.response.text if exc.response is not None else ''}")
                return
            highest = max(highest, int(response.headers["X-Champion-Sequence"]))
            seen.versions.append(response.json()["model_version"])
            seen.sequences.append(highest)


@pytest.fixture(scope="module")
def cluster(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    home = tmp_path_factory.mktemp("cluster")
    shared, own = home / "models", home / "models-of-two"
    add_version(shared, tiny, "v2")
    add_version(shared, tiny, "v3")
    (own / TASK).mkdir(parents=True)
    (own / TASK / "v2").symlink_to(shared / TASK / "v2")
    shutil.copytree(shared / TASK / "v3", own / TASK / "v3")
    damage(own / TASK / "v3" / WEIGHTS_NAME)
    with ExitStack() as stack:
        settings = {
            "database_url": stack.enter_context(postgres.running()).create(),
            "allowed_hosts": json.dumps([API_NAME]),
            "compute": "threads",
            # Under a machine's full load a film may wait long; that is not what is tested.
            "max_wait_ms": "60000",
        }
        one, two = (
            stack.enter_context(
                server_process(tiny, home / name, node=name, models_dir=str(folder), **settings)
            )
            for name, folder in (("one", shared), ("two", own))
        )
        nginx = stack.enter_context(
            nginx_process(
                home / "nginx",
                nodes={"10.0.0.11:8000": one.port, "10.0.0.12:8000": two.port},
                configuration=CONFIGURATION,
                changes=FAST,
            )
        )
        yield Cluster((one, two), nginx, (shared, own))
    shutil.rmtree(home, ignore_errors=True)


def ready(node: Process) -> tuple[int, str]:
    """Of one node itself: the status, and the version or the reason."""
    response = requests.get(f"{node.url}/health/ready", timeout=TIMEOUT_S)
    body = response.json()
    return response.status_code, body["model_version"] if response.ok else body["detail"]


def serve(nodes: tuple[Process, ...], version: str) -> None:
    wait_until(lambda: {ready(node) for node in nodes} == {(200, version)}, f"{version} serves")


class TestCluster:
    def test_a_promotion_reaches_both_nodes_and_no_client_goes_back(self, cluster: Cluster) -> None:
        with cluster.load() as (clients, more):
            promoted = cluster.ask("POST", "/models/v2/promote", json={"reason": "better"})
            assert promoted.status_code == 200, promoted.text
            serve(cluster.nodes, "v2")
            more(3)

        for seen in clients:
            assert seen.failed == []
            changed = seen.versions.index("v2")
            assert changed > 0
            assert set(seen.versions[:changed]) == {"v1"}
            assert set(seen.versions[changed:]) == {"v2"}
            assert seen.sequences == sorted(seen.sequences)
            assert seen.sequences[-1] == 1
        shown = cluster.nodes_shown()
        assert {name: (n["state"], n["version"], n["sequence"]) for name, n in shown.items()} == {
            "one": ("serving", "v2", 1),
            "two": ("serving", "v2", 1),
        }

    def test_a_node_whose_checkpoint_is_damaged_is_out_and_the_other_one_answers(
        self, cluster: Cluster
    ) -> None:
        one, two = cluster.nodes
        url = f"{one.url}/models/v3/promote"
        assert requests.post(url, json={"reason": "r"}, timeout=TIMEOUT_S).ok
        wait_until(lambda: ready(two)[0] == 503, "the second node was out")

        assert "weights of 'v3' are not those its card describes" in ready(two)[1]
        assert ready(one) == (200, "v3")
        image = {"file": images.png()}
        alone = requests.post(f"{two.url}/predict", files=image, timeout=TIMEOUT_S)
        assert alone.status_code == 503
        with cluster.load() as (clients, more):
            more(5)
        assert [seen.failed for seen in clients] == [[]] * CLIENTS
        assert {version for seen in clients for version in seen.versions} == {"v3"}
        shown = cluster.nodes_shown()["two"]
        assert (shown["state"], shown["version"]) == ("refused", None)
        assert "weights of 'v3'" in shown["reason"]

        assert cluster.ask("POST", "/models/rollback").status_code == 200
        serve(cluster.nodes, "v2")

    def test_a_node_that_is_killed_costs_no_client_an_answer(self, cluster: Cluster) -> None:
        one, two = cluster.nodes
        with cluster.load() as (clients, more):
            more(2)
            two.process.send_signal(signal.SIGKILL)
            two.process.wait(timeout=TIMEOUT_S)
            more(10)

        assert [seen.failed for seen in clients] == [[]] * CLIENTS
        with suppress(requests.ConnectionError):
            ready(two)
            pytest.fail("it was killed")
        assert ready(one) == (200, "v2")
