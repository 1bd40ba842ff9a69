"""What an operator does to a cluster while it answers; `scenarios.py` has what fails in it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import requests

from benchmarks.cluster.clients import Clients
from benchmarks.cluster.scenarios import BECAUSE, Scenario
from benchmarks.cluster.trainers import trainers
from benchmarks.cluster.two_nodes import TIMEOUT_S, TwoNodes, all_serve, wait_for
from benchmarks.support.local_server import LocalServer

# As long as something stays as it is, so that clients meet it.
STAYS_S = 8.0
# The balancer leaves a node out for 3 s after a request that failed; then one more tries it.
KNOWN_AGAIN_S = 5.0
# A moment between two requests of a client: the trainer has no machine of its own here.
PAUSE_S = 0.3
# Enough to be learned from, if nothing was uploaded before.
UPLOADS = 60
RETRAINING_S = 3600.0
FOLLOWED_WITHIN_S = 2.0


def changes() -> list[Scenario]:
    """In their order."""
    return [
        Scenario("node added, taken away", _node_added),
        Scenario("rolling update", _rolling_update),
        Scenario("retraining on another node", _retraining_elsewhere, retrainings=1),
    ]


def _node_added(clients: Clients) -> str:
    """A third one starts, the balancer learns of it; later it is taken away in turn."""
    cluster = clients.cluster
    two = list(cluster.nodes)
    with cluster.another("three") as three:
        cluster.balance([*two, three])
        time.sleep(STAYS_S)
        answered = _answered(three)
        cluster.balance(two)
        # The workers of nginx that knew it have ended what they had.
        time.sleep(1)
        three.stop(signal.SIGTERM)
    return "" if answered else "the third node was asked for nothing"


def _answered(node: LocalServer) -> int:
    """Films that a node itself was asked for, by its own count."""
    lines = requests.get(f"{node.url}/metrics", timeout=TIMEOUT_S).text.splitlines()
    counts = [line for line in lines if line.startswith("roentgen_predictions_total")]
    return int(sum(float(line.rpartition(" ")[2]) for line in counts))


def _rolling_update(clients: Clients) -> str:
    """Each node in turn: out of ready, answers what it has, ends, and its successor starts."""
    for node in clients.cluster.nodes:
        _replace(node)
    return ""


def _replace(node: LocalServer) -> None:
    node.stop(signal.SIGTERM)
    node.start()
    time.sleep(KNOWN_AGAIN_S)


def _retraining_elsewhere(clients: Clients) -> str:
    """A node that the balancer does not know retrains; meanwhile those that serve are replaced."""
    cluster = clients.cluster
    wait_for(lambda: len(clients.uploaded) >= UPLOADS, "there were films to learn from")
    with cluster.another("trainer") as trainer, _slower(clients):
        started = _post(trainer, "/retrain")
        if not started.ok:
            return f"retrain: {started.status_code} {started.text[:100]}"
        others = [_post(node, "/retrain").status_code for node in cluster.nodes]
        wrong = [f"others were answered {others}"] if set(others) != {409} else []
        replacing = iter(cluster.nodes)
        most = 0
        job: dict[str, Any] = {"finished_at": None}
        begun = time.monotonic()
        while not job["finished_at"]:
            if time.monotonic() - begun > RETRAINING_S:
                return f"the retraining took too long: {job['phase']}"
            most = max(most, trainers())
            job = requests.get(trainer.url + started.json()["url"], timeout=TIMEOUT_S).json()
            if job["state"] == "running" and (node := next(replacing, None)):
                _replace(node)
            time.sleep(0.5)
        wrong += [f"{most} trainers at a time"] * (most != 1)
        wrong += _published(cluster, job)
    return "; ".join(wrong)


def _published(cluster: TwoNodes, job: dict[str, Any]) -> Iterator[str]:
    """What is wrong with what came of a retraining; nothing, if all nodes serve it at the end."""
    if not job["version"]:
        yield f"{job['state']}: {job['reason']}"
        return
    if job["state"] != "promoted":
        promoted = cluster.ask("POST", f"/models/{job['version']}/promote", json=BECAUSE)
        if not promoted.ok:
            yield f"promote: {promoted.status_code} {promoted.text[:100]}"
            return
    took_s = wait_for(partial(all_serve, cluster.nodes, job["version"]), "all nodes served it")
    if took_s > FOLLOWED_WITHIN_S:
        yield f"{job['version']} on all after {took_s:.1f} s"


def _post(node: LocalServer, path: str) -> requests.Response:
    return requests.post(node.url + path, timeout=TIMEOUT_S)


@contextmanager
def _slower(clients: Clients) -> Iterator[None]:
    clients.pause_s = PAUSE_S
    try:
        yield
    finally:
        clients.pause_s = 0.0
