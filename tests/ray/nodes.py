"""A Ray cluster of two nodes of one core each on this machine, small, and gone afterwards."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

# Both are slow where the machine has other work.
os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")
os.environ.setdefault("RAY_DASHBOARD_STARTUP_TIMEOUT_S", "300")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
MEMORY_BYTES = 100_000_000


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
