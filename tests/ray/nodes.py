"""A Ray cluster of two nodes of one core each on this machine, small, and gone afterwards."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

# Both are slow where the machine has other work.
os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")
os.environ.setdefault("RAY_DASHBOARD_STARTUP_TIMEOUT_S", "300")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
MEMORY_BYTES = 100_000_000
# Those of other tests' nodes are taken.
PORTS = (
    "port", "dashboard-port", "ray-client-server-port", "node-manager-port",
    "object-manager-port", "dashboard-agent-listen-port", "dashboard-agent-grpc-port",
    "runtime-env-agent-port", "metrics-export-port",
)  # fmt: skip


@contextlib.contextmanager
def two_nodes(*, dashboard: bool) -> Iterator[Any]:
    """A `ray.cluster_utils.Cluster`; `add` and `remove` are its own.

    Args:
        dashboard: whether there is a Jobs API; `cluster.webui_url` is its address.
    """
    from ray.cluster_utils import Cluster

    size = {"num_cpus": 1, "object_store_memory": MEMORY_BYTES}
    head = size | {"include_dashboard": dashboard}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        cluster.add_node(**size)
        yield cluster
    finally:
        cluster.shutdown()


@dataclass
class Head:
    """A head that also works, begun as the documents say; each one has the same address.

    Attributes:
        folder: where what it and its jobs print goes.
        environment: what its jobs have, beside their own.
    """

    folder: Path
    environment: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=lambda: {name: _free_port() for name in PORTS})
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Of its Jobs API."""
        return f"http://127.0.0.1:{self.ports['dashboard-port']}"

    def start(self) -> None:
        """It is there some time later."""
        options = [f"--{name}={port}" for name, port in self.ports.items()]
        with (self.folder / "head.log").open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("ray"), "start", "--head", "--block",
                 "--num-cpus=1", f"--object-store-memory={MEMORY_BYTES}",
                 "--include-dashboard=true", *options],
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip

    def kill(self) -> None:
        """All its processes at once, those of its jobs too: as a machine that loses its power."""
        if self._process is None:
            return
        parent = psutil.Process(self._process.pid)
        for process in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
