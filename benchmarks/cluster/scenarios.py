"""What happens to a cluster that fails in parts; `changes.py` has what an operator does to it."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psycopg
import requests

from benchmarks.cluster.clients import Clients
from benchmarks.cluster.two_nodes import TwoNodes, all_serve, ready, wait_for
from tests.support.faulty_store import Fault

SECOND, DAMAGED = "v2", "v3"
# Longer than a request may take; and until both nodes have to be out of ready.
FROZEN_S, MAX_OUT_S = 15.0, 5.5
BECAUSE = {"reason": "a scenario of the benchmark"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """`happen` returns when it is over; its words are what should not have been.

    Attributes:
        retrainings: how many are asked for in it.
    """

    name: str
    happen: Callable[[Clients], str]
    retrainings: int = 0


def failures(away_s: float) -> list[Scenario]:
    """In their order; `away_s`: how long the store says nothing."""
    return [
        Scenario("database restarted", _database_restarted),
        Scenario("database frozen", _database_frozen),
        Scenario("connections taken", _connections_taken),
        Scenario("store: 503", lambda clients: _store_fails(clients, "503", 8)),
        Scenario("store: half uploads", lambda clients: _store_fails(clients, "half upload", 8)),
        Scenario("store: away", lambda clients: _store_fails(clients, "silent", away_s)),
        Scenario("promotion and rollback", _promotion_and_rollback),
        Scenario("damaged checkpoint", _damaged_checkpoint),
        Scenario("kill -9 of a node", _node_killed),
    ]


def _database_restarted(clients: Clients) -> str:
    cluster = clients.cluster
    cluster.database.stop(mode="immediate")
    time.sleep(2)
    is_out = not any(ready(node)[0] for node in cluster.nodes)
    cluster.database.start()
    return "" if is_out else "a node was ready without its records"


def _database_frozen(clients: Clients) -> str:
    """All its processes stand still, as where its disk stalls: no connection ends."""
    cluster = clients.cluster
    with cluster.database.frozen():
        out_s = wait_for(lambda: not any(ready(n)[0] for n in cluster.nodes), "no node was ready")
        time.sleep(max(0.0, FROZEN_S - out_s))
    return "" if out_s <= MAX_OUT_S else f"the last node was ready for {out_s:.1f} s"


def _connections_taken(clients: Clients) -> str:
    """End the nodes' connections and take all that there are, for five seconds."""
    cluster = clients.cluster
    held = [_connect(cluster)]
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    held[0].execute(end)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            held.append(_connect(cluster))
        except psycopg.OperationalError:
            time.sleep(0.05)
    for connection in held:
        connection.close()
    return ""


def _connect(cluster: TwoNodes) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=str(cluster.database.folder), user="postgres", dbname="postgres", autocommit=True
    )


def _store_fails(clients: Clients, fault: Fault, seconds: float) -> str:
    """Films must be answered all the same."""
    cluster = clients.cluster
    cluster.s3.over.clear()
    cluster.s3.now = fault
    time.sleep(seconds)
    cluster.s3.now = None
    cluster.s3.over.set()
    return ""


def _promotion_and_rollback(clients: Clients) -> str:
    cluster = clients.cluster
    words = []
    for path, version in ((f"/models/{SECOND}/promote", SECOND), ("/models/rollback", "v1")):
        answered = cluster.ask("POST", path, json=BECAUSE)
        if not answered.ok:
            return f"{path}: {answered.status_code} {answered.text[:100]}"
        took_s = wait_for(
            partial(all_serve, cluster.nodes, version),
            f"{version} served on both nodes",
        )
        if took_s > 2:
            words.append(f"{version} on both after {took_s:.1f} s")
        time.sleep(2)
    return "; ".join(words)


def _damaged_checkpoint(clients: Clients) -> str:
    """The second node has to be out, with the reason, while the first one answers."""
    cluster = clients.cluster
    one, two = cluster.nodes
    answered = _of_node(one.url, f"/models/{DAMAGED}/promote")
    if not answered.ok:
        return f"promote: {answered.status_code} {answered.text[:100]}"
    wait_for(lambda: ready(one) == (True, DAMAGED), f"{DAMAGED} served on the first node")
    wait_for(lambda: not ready(two)[0], "the second node was out")
    reason = ready(two)[1]
    time.sleep(2)
    back = _of_node(one.url, "/models/rollback")
    wait_for(lambda: all(ready(n) == (True, "v1") for n in cluster.nodes), "both were back")
    if not back.ok:
        return f"rollback: {back.status_code} {back.text[:100]}"
    return "" if DAMAGED in reason else f"the reason is {reason!r}"


def _of_node(url: str, path: str) -> requests.Response:
    return requests.post(url + path, json=BECAUSE, timeout=120)


def _node_killed(clients: Clients) -> str:
    cluster = clients.cluster
    node = cluster.nodes[1]
    node.stop(signal.SIGKILL)
    time.sleep(5)
    node.start()
    return ""
