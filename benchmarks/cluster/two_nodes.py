"""Two nodes of a cluster on one machine, and clients that send without a pause.

Plain Uvicorn twice, with folders of their own; behind nginx with `deploy/nginx/cluster.conf`; on a
PostgreSQL server and an S3 API (moto's server) that can be made to fail.
"""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from api.inputs.images.synthetic import synthetic_png
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
# Few, so that all of them can be taken.
MAX_CONNECTIONS = 100
TIMEOUT_S = 120.0
FILM_PX = 256
LABEL = "Normal"
# How a request ended: answered, told to come again, or neither.
OK, AGAIN, FAILED = "ok", "again", "failed"


@dataclass
class TwoNodes:
    """What runs; `s3` and `database` may be made to fail."""

    nodes: tuple[LocalServer, LocalServer]
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
        database = stack.enter_context(postgres.running(f"max_connections={MAX_CONNECTIONS}"))
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
        nodes = (_node(folder, "one", own, versions), _node(folder, "two", own, versions))
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
            nodes,
            nginx,
            database,
            own["database_url"],
            own["storage_url"],
            s3,
            f"http://127.0.0.1:{plain}",
        )


def wait_for(condition: Callable[[], bool], what: str, *, patience_s: float = TIMEOUT_S) -> float:
    """Seconds until something is so. Raises: SystemExit."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > patience_s:
            raise SystemExit(f"Error: waited {patience_s:g} s in vain until {what}.")
        time.sleep(0.05)
    return time.monotonic() - begun


def ready(node: LocalServer) -> tuple[bool, str]:
    """Of one node itself: whether it is ready, and its version or the reason."""
    try:
        response = requests.get(f"{node.url}/health/ready", timeout=TIMEOUT_S)
    except requests.ConnectionError:
        return False, "no connection"
    body = response.json()
    return response.ok, body["model_version"] if response.ok else body["detail"]


@dataclass
class Clients:
    """Send films, and training films, and keep what was acknowledged.

    A client that is told to come again (503 or 429 with Retry-After) does so, half a second later;
    everything else that is no answer is a failure.
    """

    cluster: TwoNodes
    answered: list[str] = field(default_factory=list)
    uploaded: list[str] = field(default_factory=list)
    versions: list[list[str]] = field(default_factory=list)
    sequences: list[list[int]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    # Of each request: the moment of its end, what it was, and how it ended.
    events: list[tuple[float, str, str]] = field(default_factory=list)

    @contextmanager
    def sending(self, films: int = 3, uploads: int = 1) -> Iterator[None]:
        """So many clients of each kind, until the block is left."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._send_films, args=(number, stop))
            for number in range(films)
        ] + [
            threading.Thread(target=self._upload, args=(number, stop)) for number in range(uploads)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def refused(self, what: str, since: float) -> int:
        """How many were told to come again."""
        return sum(of == what and at >= since and end == AGAIN for at, of, end in list(self.events))

    def recovered_after(self, what: str, moment: float) -> float | None:
        """Seconds from a moment to the last refusal after it was over; 0: there was none."""
        events = [(at, end) for at, of, end in list(self.events) if of == what]
        times = [at for at, end in events if at >= moment and end != OK]
        later = [at for at, end in events if end == OK]
        last = max(times, default=moment)
        if not any(at > last for at in later):
            return None
        return last - moment

    def _send_films(self, number: int, stop: threading.Event) -> None:
        versions: list[str] = []
        sequences: list[int] = []
        self.versions.append(versions)
        self.sequences.append(sequences)
        film = synthetic_png("lobar", seed=number, size_px=FILM_PX)
        while not stop.is_set():
            heeded = {"X-Champion-At-Least": str(max(sequences, default=0))}
            response = self._ask("film", "/predict", headers=heeded, files={"file": film})
            if response is not None:
                self.answered.append(response.json()["id"])
                versions.append(response.json()["model_version"])
                sequences.append(int(response.headers["X-Champion-Sequence"]))

    def _upload(self, number: int, stop: threading.Event) -> None:
        seed = 10_000 * (number + 1)
        while not stop.is_set():
            seed += 1
            film = synthetic_png("clear", seed=seed, size_px=FILM_PX)
            files = {"files": (f"{seed}.png", film, "image/png")}
            response = self._ask("upload", "/upload-data", data={"label": LABEL}, files=files)
            if response is not None:
                self.uploaded += [
                    each["sha256"]
                    for each in response.json()["files"]
                    if each["outcome"] == "stored"
                ]

    def _ask(self, what: str, path: str, **options: Any) -> requests.Response | None:
        """None where it has to be sent again later."""
        try:
            response = self.cluster.ask("POST", path, **options)
        except requests.RequestException as exc:
            self.failures.append(f"{what}: {type(exc).__name__}: {exc}")
            self.events.append((time.monotonic(), what, FAILED))
            return None
        end = OK if response.ok else _refusal(response)
        self.events.append((time.monotonic(), what, end))
        if end == OK:
            return response
        if end == FAILED:
            self.failures.append(f"{what}: {response.status_code} {response.text[:200]}")
        time.sleep(0.5)
        return None


def _refusal(response: requests.Response) -> str:
    is_busy = response.status_code in (429, 503) and "Retry-After" in response.headers
    return AGAIN if is_busy else FAILED


def _node(
    folder: Path, name: str, settings: dict[str, str], versions: tuple[str, ...]
) -> LocalServer:
    home = folder / name
    for version in versions:
        add_version(home / "models" / TASK / version, version)
    # One that it has again after it was killed: the balancer knows it.
    return LocalServer(home, 1, settings | {"node": name}, port=free_port())
