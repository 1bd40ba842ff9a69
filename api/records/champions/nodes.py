"""What each node serves, as it says itself; the row of a node that died stays for an hour."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Engine, select

from api.clock import now
from api.records.champions.champion_tables import nodes
from api.records.database import reading, writing
from api.records.servers.workers import ALIVE_FOR, FORGET_AFTER
from api.tasks.states import State


class NodeState(State):
    """How a node is about its champion."""

    SERVING = "serving"
    LOADING = "loading"
    REFUSED = "refused"
    SILENT = "silent"


# Of the processes of one node, the one that is worst off speaks for it.
WORST_FIRST = (NodeState.REFUSED, NodeState.LOADING, NodeState.SERVING, NodeState.SILENT)


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What one process answers with, for one task.

    Attributes:
        version: the version that answers; None: nothing does.
        sequence: the champion's move that it follows.
        loaded: all versions in its memory.
        state: 'serving'; 'loading' while it gets ready, or makes another version ready; 'refused'
            where it cannot serve the champion and so answers nothing.
        reason: what is wrong, if anything.
        since: when it came into this state with this version.
    """

    task: str
    version: str | None
    sequence: int
    loaded: tuple[str, ...]
    state: NodeState
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """What one node serves: of its processes, the one that is worst off.

    Attributes:
        processes: how many of them there are.
    """

    node: str
    version: str | None
    sequence: int
    state: NodeState
    reason: str
    since: datetime
    last_seen: datetime
    processes: int = 1


def report(engine: Engine, reports: Sequence[NodeReport], *, node: str, worker: str) -> None:
    """Say what a process serves, and forget those that have been silent for an hour.

    Raises: StoreBusy, StorageFailed.
    """
    moment = now()
    rows = [
        asdict(each)
        | {"loaded": list(each.loaded), "node": node, "worker": worker, "last_seen": moment}
        for each in reports
    ]
    # A node that is there again is not also gone.
    former = (nodes.c.node == node) & (nodes.c.last_seen < moment - ALIVE_FOR)
    forgotten = nodes.c.last_seen < moment - FORGET_AFTER
    with writing(engine) as connection:
        connection.execute(nodes.delete().where((nodes.c.worker == worker) | former | forgotten))
        if rows:
            connection.execute(nodes.insert(), rows)


def remove(engine: Engine, worker: str) -> None:
    """A process stops. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(nodes.delete().where(nodes.c.worker == worker))


def of_task(engine: Engine, *, task: str) -> list[NodeRecord]:
    """What each node serves, by name; those that were heard of in the last hour.

    Raises: StoreBusy, StorageFailed.
    """
    query = select(nodes).where(nodes.c.task == task).order_by(nodes.c.node, nodes.c.worker)
    limit = now() - ALIVE_FOR
    with reading(engine) as connection:
        found = [_record(row._asdict(), limit) for row in connection.execute(query)]
    return [_together(list(each)) for _, each in groupby(found, key=lambda record: record.node)]


def versions_in_use(engine: Engine, *, task: str) -> set[str]:
    """Versions in the memory of any node that was heard of in the last hour.

    Raises: StoreBusy, StorageFailed.
    """
    query = select(nodes.c.version, nodes.c.loaded).where(nodes.c.task == task)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return _named(row.version for row in rows) | {v for row in rows for v in row.loaded}


def _named(versions: Iterable[str | None]) -> set[str]:
    return {version for version in versions if version}


def _record(row: dict[str, object], limit: datetime) -> NodeRecord:
    values = {name: row[name] for name in NodeRecord.__slots__ if name != "processes"}
    record = NodeRecord(**values)  # type: ignore[arg-type]
    if record.last_seen >= limit:
        return record
    return NodeRecord(**values | {"state": NodeState.SILENT})  # type: ignore[arg-type]


def _together(processes: Collection[NodeRecord]) -> NodeRecord:
    worst = min(processes, key=lambda record: (WORST_FIRST.index(record.state), record.sequence))
    own = {name: getattr(worst, name) for name in NodeRecord.__slots__}
    return NodeRecord(**own | {"processes": len(processes)})
