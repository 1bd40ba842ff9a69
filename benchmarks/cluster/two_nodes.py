"""Two nodes of a cluster on one machine, and more where they are added.

Plain Uvicorn twice, with folders and, for root, host names of their own; behind nginx with
`deploy/nginx/cluster.conf`; on a PostgreSQL server and an S3 API (moto's server) that can be made
to fail.
"""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from api.settings import ROOT, Settings
from benchmarks.support.local_server import LocalServer, free_port
from benchmarks.support.versions import add_version
from tests.deploy.nginx_process import API_NAME, Nginx, nginx_process
from tests.support import postgres
from tests.support.faulty_store import Faults, faulty_store
from tests.support.postgres import PostgresServer
from tests.support.s3_server import BUCKET, ENVIRONMENT, HOST, s3_port

TASK = "pneumonia"
CONFIGURATION = ROOT / "deploy/nginx/cluster.conf"
ADDRESSES = ("10.0.0.11:8000", "10.0.0.12:8000")
# A benchmark is one client; the configuration bounds what one may ask for.
UNBOUND = {"rate=100r/s": "rate=1000000r/s"}
# Few, so that all of them can be taken; 30 a node.
MAX_CONNECTIONS = 130
TIMEOUT_S = 120.0
# What an operator writes for each node; the line of another one comes after the last.
SERVER = "server 127.0.0.1:{port} max_fails=1 fail_timeout=3s;"
# One for all nodes, as the documents ask for.
KEY_OF_PATIENTS = "state/patients.key"


@dataclass
class TwoNodes:
    """What runs; `s3` and `database` may be made to fail."""

    folder: Path
    # Behind the balancer.
    nodes: list[LocalServer]
    # Of each node, beside its name.
    own: dict[str, str]
    nginx: Nginx
    database: PostgresServer
    database_url: str
    storage_url: str
    s3: Faults
    # The balancer without TLS, for a client that does not know its certificate.
    plain_url: str

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Through the balancer, on a connection of its own."""
        headers = {"Host": API_NAME} | options.pop("headers", {})
        url = f"https://127.0.0.1:{self.nginx.https}{path}"
        certificate = str(self.nginx.certificate)
        return requests.request(
            method, url, headers=headers, verify=certificate, timeout=TIMEOUT_S, **options
        )

    @contextmanager
    def another(self, name: str, **settings: str) -> Iterator[LocalServer]:
        """A node beside them, ready, of which the balancer does not know."""
        node = _node(self.folder, name, self.own | settings, ())
        key = self.nodes[0].folder / KEY_OF_PATIENTS
        # Made with the first film that names a patient.
        if key.exists():
            (node.folder / KEY_OF_PATIENTS).parent.mkdir(parents=True)
            shutil.copyfile(key, node.folder / KEY_OF_PATIENTS)
        try:
            node.start()
            yield node
        finally:
            node.stop()

    def balance(self, nodes: list[LocalServer]) -> None:
        """Requests go to these nodes from now on: the file is changed, nginx reads it anew."""
        path = self.nginx.folder / "roentgen.conf"
        lines = [SERVER.format(port=node.port) for node in self.nodes]
        upstreams = [SERVER.format(port=node.port) for node in nodes]
        text = path.read_text(encoding="utf-8")
        before = "\n    ".join(lines)
        if before not in text:
            raise SystemExit(f"Error: {path} has not the lines of the nodes.")
        path.write_text(text.replace(before, "\n    ".join(upstreams)), encoding="utf-8")
        os.kill(int((self.nginx.folder / "nginx.pid").read_text()), signal.SIGHUP)
        self.nodes = nodes

    def settings(self) -> Settings:
        """Of the first node, for what reads the store without it."""
        return Settings(
            storage_url=self.storage_url,
            database_url=self.database_url,
            state_dir=self.nodes[0].folder / "state-of-the-benchmark",
        )


@contextmanager
def two_nodes(folder: Path, *versions: str, **settings: str) -> Iterator[TwoNodes]:
    """Both ready when the block begins.

    Args:
        versions: names under which the shipped checkpoint is there once more, on both.
        settings: of both nodes, names without ROENTGEN_, in lower case.
    """
    if postgres.programs() is None or shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        raise SystemExit("Error: install nginx and PostgreSQL first (Debian: nginx postgresql).")
    with ExitStack() as stack:
        database = stack.enter_context(
            postgres.running(f"max_connections={MAX_CONNECTIONS}", durable=True)
        )
        # Before many ask for it at once.
        s3_port()
        # Read by this process too, which looks into the store at the end.
        os.environ.update(ENVIRONMENT)
        port, s3 = stack.enter_context(faulty_store())
        os.environ["AWS_ENDPOINT_URL"] = f"http://{HOST}:{port}"
        own = {
            "database_url": database.create(),
            "storage_url": f"s3://{BUCKET}/cluster",
            "allowed_hosts": json.dumps([API_NAME, "127.0.0.1"]),
            # Behind nginx nobody is on this machine.
            "auth": "off",
            "auth_off_is_intended": "true",
        } | settings
        nodes = [_node(folder, name, own, versions) for name in ("one", "two")]
        for node in nodes:
            stack.callback(node.stop)
            node.start()
        plain = free_port()
        named = f"server_name {API_NAME};"
        ports = [int(node.url.rpartition(":")[2]) for node in nodes]
        nginx = stack.enter_context(
            nginx_process(
                folder / "nginx",
                nodes=dict(zip(ADDRESSES, ports, strict=True)),
                configuration=CONFIGURATION,
                changes=UNBOUND | {named: f"{named} listen 127.0.0.1:{plain};"},
            )
        )
        yield TwoNodes(
            folder,
            nodes,
            own,
            nginx,
            database,
            own["database_url"],
            own["storage_url"],
            s3,
            f"http://127.0.0.1:{plain}",
        )


def wait_for(condition: Callable[[], bool], what: str, *, timeout_s: float = TIMEOUT_S) -> float:
    """Seconds until something is so. Raises: SystemExit."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > timeout_s:
            raise SystemExit(f"Error: waited {timeout_s:g} s in vain until {what}.")
        time.sleep(0.05)
    return time.monotonic() - begun


def all_serve(nodes: list[LocalServer], version: str) -> bool:
    """Whether each of them itself is ready with this version."""
    return all(ready(node) == (True, version) for node in nodes)


def ready(node: LocalServer) -> tuple[bool, str]:
    """Of one node itself: whether it is ready, and its version or the reason."""
    try:
        response = requests.get(f"{node.url}/health/ready", timeout=TIMEOUT_S)
    except requests.ConnectionError:
        return False, "no connection"
    body = response.json()
    return response.ok, body["model_version"] if response.ok else body["detail"]


def _node(
    folder: Path, name: str, settings: dict[str, str], versions: tuple[str, ...]
) -> LocalServer:
    home = folder / name
    for version in versions:
        add_version(home / "models" / TASK / version, version)
    # One that it has again after it was killed: the balancer knows it.
    return LocalServer(home, 1, settings | {"node": name}, port=free_port(), machine=name)
