"""What clients notice while parts of a cluster fail, and whether anything is lost.

    python -m benchmarks.cluster.failures

Two nodes behind nginx, on a real PostgreSQL and an S3 API: three clients send films one after the
other, one sends training films. Each failure comes while they send: the database is restarted, all
its connections are taken, the store answers 503, breaks uploads off, and says nothing for half a
minute; a version is promoted and taken back; a node has a damaged checkpoint; a node is killed.

Prints for each: requests that failed (anything but an answer, or 503 and 429 with `Retry-After`),
how many were told to come again, and how long after the failure was over the last of these was. At
the end every acknowledged answer must be in the records, every acknowledged training film in the
records and in the store, no film in one without the other, and no client may have been answered by
an earlier move of the champion than before. Exit code 1 otherwise, or where coming back took more
than five seconds. It takes three minutes and needs `pip install moto[server] obstore
psycopg[binary]`, nginx and PostgreSQL.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import psycopg
import requests
from sqlalchemy import create_engine, text

from api.errors import BlobNotFound
from api.registry.store import INT8_NAME, WEIGHTS_NAME
from api.reports.markdown import table
from api.storage.places import places
from benchmarks.cluster.two_nodes import TASK, Clients, TwoNodes, ready, two_nodes, wait_for
from tests.support.checkpoints import damage
from tests.support.faulty_store import Fault

MAX_RECOVERY_S = 5.0
# Before a failure and after it, so that there is something to compare.
CALM_S = 4.0
SECOND, DAMAGED = "v2", "v3"
BECAUSE = {"reason": "a scenario of the benchmark"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What clients noticed of one failure; `problem`: what should not have been."""

    name: str
    failed: int
    films_refused: int
    uploads_refused: int
    recovery_s: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`fail` returns when the failure is over; its words are what should not have been."""

    name: str
    fail: Callable[[TwoNodes], str]


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with two_nodes(home, SECOND, DAMAGED) as cluster:
            # It serves from the 8-bit form, as long as that is whole.
            for name in (WEIGHTS_NAME, INT8_NAME):
                damage(home / "two" / "models" / TASK / DAMAGED / name)
            clients = Clients(cluster)
            scenarios = _scenarios(arguments.away_s)
            chosen = [s for s in scenarios if not arguments.only or s.name in arguments.only]
            with clients.sending():
                seen = [_seen(clients, scenario) for scenario in chosen]
            problems = _lost(cluster, clients)
    print(report(seen))
    print(
        f"\n{len(clients.answered)} answers and {len(clients.uploaded)} training films "
        "acknowledged."
    )
    for sentence in problems:
        print(sentence)
    late = [s for s in seen if s.recovery_s is None or s.recovery_s > MAX_RECOVERY_S]
    for failure in clients.failures[:10]:
        print(failure, file=sys.stderr)
    is_bad = clients.failures or late or any(s.problem for s in seen)
    lost = any(not sentence.startswith("0 ") for sentence in problems)
    raise SystemExit(1 if is_bad or lost else 0)


def _scenarios(away_s: float) -> list[Scenario]:
    return [
        Scenario("database restarted", _database_restarted),
        Scenario("connections taken", _connections_taken),
        Scenario("store: 503", lambda cluster: _store_fails(cluster, "503", 8)),
        Scenario("store: half uploads", lambda cluster: _store_fails(cluster, "half upload", 8)),
        Scenario("store: away", lambda cluster: _store_fails(cluster, "silent", away_s)),
        Scenario("promotion and rollback", _promotion_and_rollback),
        Scenario("damaged checkpoint", _damaged_checkpoint),
        Scenario("kill -9 of a node", _node_killed),
    ]


def _seen(clients: Clients, scenario: Scenario) -> Seen:
    print(f"{scenario.name} …", file=sys.stderr, flush=True)
    time.sleep(CALM_S)
    failed, begun = len(clients.failures), time.monotonic()
    problem = scenario.fail(clients.cluster)
    over = time.monotonic()
    time.sleep(CALM_S)
    # Where they are still being told to come again, that is waited for.
    recoveries = []
    for what in ("film", "upload"):
        with suppress(SystemExit):
            wait_for(partial(_recovered, clients, what, over), what, patience_s=60)
        recoveries.append(clients.recovered_after(what, over))
    known = [each for each in recoveries if each is not None]
    return Seen(
        scenario.name,
        len(clients.failures) - failed,
        clients.refused("film", begun),
        clients.refused("upload", begun),
        max(known) if len(known) == len(recoveries) else None,
        problem,
    )


def _recovered(clients: Clients, what: str, over: float) -> bool:
    return clients.recovered_after(what, over) is not None


def _all_serve(cluster: TwoNodes, version: str) -> bool:
    return all(ready(node) == (True, version) for node in cluster.nodes)


def report(seen: list[Seen]) -> str:
    """A row a failure."""
    header = (
        "failure",
        "failed requests",
        "films told to come again",
        "uploads told to",
        "back after, s",
        "what was wrong",
    )
    rows = [
        (
            each.name,
            str(each.failed),
            str(each.films_refused),
            str(each.uploads_refused),
            "never" if each.recovery_s is None else f"{each.recovery_s:.1f}",
            each.problem or "nothing",
        )
        for each in seen
    ]
    return table(header, rows)


def _database_restarted(cluster: TwoNodes) -> str:
    cluster.database.stop(mode="immediate")
    time.sleep(2)
    is_out = not any(ready(node)[0] for node in cluster.nodes)
    cluster.database.start()
    return "" if is_out else "a node was ready without its records"


def _connections_taken(cluster: TwoNodes) -> str:
    """End the nodes' connections and take all that there are, for five seconds."""
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


def _store_fails(cluster: TwoNodes, fault: Fault, seconds: float) -> str:
    """Films must be answered all the same."""
    cluster.s3.over.clear()
    cluster.s3.now = fault
    time.sleep(seconds)
    cluster.s3.now = None
    cluster.s3.over.set()
    return ""


def _promotion_and_rollback(cluster: TwoNodes) -> str:
    words = []
    for path, version in ((f"/models/{SECOND}/promote", SECOND), ("/models/rollback", "v1")):
        answered = cluster.ask("POST", path, json=BECAUSE)
        if not answered.ok:
            return f"{path}: {answered.status_code} {answered.text[:100]}"
        took_s = wait_for(
            partial(_all_serve, cluster, version),
            f"{version} served on both nodes",
        )
        if took_s > 2:
            words.append(f"{version} on both after {took_s:.1f} s")
        time.sleep(2)
    return "; ".join(words)


def _damaged_checkpoint(cluster: TwoNodes) -> str:
    """The second node has to be out, with the reason, while the first one answers."""
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


def _node_killed(cluster: TwoNodes) -> str:
    node = cluster.nodes[1]
    node.stop(signal.SIGKILL)
    time.sleep(5)
    node.start()
    return ""


def _lost(cluster: TwoNodes, clients: Clients) -> list[str]:
    """A sentence each on what must not be lost; those that begin with 0 are as they should be."""
    engine = create_engine(cluster.database_url)
    with engine.connect() as connection:
        answers = set(connection.execute(text("SELECT id FROM predictions")).scalars())
        samples = dict(connection.execute(text("SELECT sha256, file FROM samples")).tuples().all())
    engine.dispose()
    store = places(cluster.settings(), TASK).samples
    blobs = {blob.key for blob in store.list() if not blob.key.startswith(".")}
    damaged = 0
    for sha256, key in samples.items():
        try:
            store.get(key, sha256=sha256)
        except BlobNotFound:
            damaged += 1
    back = sum(
        later < earlier for client in clients.sequences for earlier, later in pairwise(client)
    )
    return [
        f"{len(set(clients.answered) - answers)} acknowledged answers lost.",
        f"{len(set(clients.uploaded) - samples.keys())} acknowledged training films lost.",
        f"{damaged} training films whose content is not in the store.",
        f"{len(blobs - set(samples.values()))} films in the store that the records do not know.",
        f"{back} answers by an earlier move of the champion than the client had seen.",
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="failures.py", description=__doc__)
    parser.add_argument(
        "--away-s", type=float, default=30.0, help="how long the store says nothing"
    )
    parser.add_argument("--only", nargs="+", help="scenarios, by their names")
    return parser.parse_args()


if __name__ == "__main__":
    main()
