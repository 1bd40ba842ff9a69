"""Nodes of Ray on this machine with the API on them, as `deploy/ray/serve.yaml` has it."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.settings import ROOT
from benchmarks.support.local_server import free_port
from tests.deploy.nginx_process import API_NAME

MEMORY_BYTES = 100_000_000
CALLBACK = "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"
WORKER_PORT = "RAY_SERVE_WORKER_PROXY_HTTP_PORT"
# A machine that has other work is slow; that is not what is measured.
SLOW = {
    "RAY_raylet_start_wait_time_s": "300",
    "RAY_agent_register_timeout_ms": "300000",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_USAGE_STATS_ENABLED": "0",
}


@dataclass
class ServeNodes:
    """What runs: a proxy and a replica a node; the first port is the head's."""

    cluster: Any
    ports: list[int]
    other: dict[str, Any] = field(default_factory=dict)

    def kill(self, *, head: bool) -> None:
        """All processes of the head, or of the other node, at once (SIGKILL)."""
        nodes = [self.cluster.head_node] if head else [*self.cluster.worker_nodes]
        self.cluster.remove_node(nodes[0], allow_graceful=False)

    def add(self) -> None:
        """The other node once more."""
        self.cluster.add_node(**self.other)


@contextlib.contextmanager
def serve_nodes(
    settings: Sequence[Mapping[str, str]], *, bounded: bool = True, **sizes: int
) -> Iterator[ServeNodes]:
    """A cluster with the application on each of one or two nodes; ready when the block begins.

    Args:
        settings: of the API on each node; names without ROENTGEN_, in lower case.
        bounded: whether proxies have what `deploy.ray.serve_proxy` puts into them.
        sizes: others of `deploy.ray.serve_app.Sizes`.
    """
    nodes = len(settings)
    ports = [free_port() for _ in settings]
    own = SLOW | {"PYTHONPATH": str(ROOT), WORKER_PORT: str(ports[-1])}
    if bounded:
        own[CALLBACK] = "deploy.ray.serve_proxy:middlewares"
    before = dict(os.environ)
    # Ray reads them when it is imported, and its processes have them from this one.
    os.environ.update(own)
    import ray
    from ray import serve
    from ray.cluster_utils import Cluster

    from deploy.ray.serve_app import Sizes, application

    size: dict[str, Any] = {"num_cpus": 1, "object_store_memory": MEMORY_BYTES}
    first, *others = ({**size, **_ports(), "env_vars": _environment(each)} for each in settings)
    cluster = Cluster(initialize_head=True, head_node_args=first | {"include_dashboard": False})
    try:
        for other in others:
            cluster.add_node(**other)
        ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        options = {"host": "127.0.0.1", "port": ports[0]}
        serve.start(proxy_location="EveryNode", http_options=options)
        chosen = Sizes(cpus=1, min_nodes=nodes, max_nodes=nodes, **sizes)
        serve.run(application(chosen), name="roentgen", route_prefix="/")
        # It goes on without the one that began it, whom the end of the head would end.
        ray.shutdown()
        yield ServeNodes(cluster, ports, others[0] if others else {})
    finally:
        ray.shutdown()
        cluster.shutdown()
        os.environ.clear()
        os.environ.update(before)


def settings_of(folder: Path, **others: str) -> dict[str, str]:
    """Of nodes behind nginx that everybody may ask."""
    return {
        "state_dir": f"{folder}/state",
        "models_dir": f"{folder}/models",
        "retrain_dir": f"{folder}/retrain_data",
        "log_level": "ERROR",
        "allowed_hosts": json.dumps([API_NAME]),
        # Behind nginx nobody is on this machine.
        "auth": "off",
        "auth_off_is_intended": "true",
    } | others


def _ports() -> dict[str, int]:
    """Ports that a node is told: it waits some seconds only for those that its agent chooses."""
    names = ("metrics_agent_port", "metrics_export_port", "runtime_env_agent_port")
    return {name: free_port() for name in (*names, "dashboard_agent_listen_port")}


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"ROENTGEN_{name.upper()}": value for name, value in settings.items()}
