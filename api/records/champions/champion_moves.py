"""The moves of the champion and of sites' versions: appended by compare-and-swap, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from api.records.champions.champion_tables import champion_moves, champions
from api.records.database import reading, writing

# The alias of the champion itself; those of sites have the names of their folders.
CHAMPION_ALIAS = ""
# As many as a file holds.
MAX_MOVES = 10_000


@dataclass(frozen=True, slots=True)
class MoveRecord:
    """One move of an alias."""

    version: str
    previous: str | None
    kind: str
    at: datetime
    moved_by: str
    reason: str
    overrides: tuple[str, ...]
    note: str
    site: str | None


@dataclass(frozen=True, slots=True)
class AliasHead:
    """The newest move of an alias: its number, and the version that it made serve."""

    sequence: int
    version: str


def heads(engine: Engine, *, task: str) -> dict[str, AliasHead]:
    """The newest move of each alias of a task that ever moved. Raises: StoreBusy, StorageFailed."""
    query = select(champions.c.alias, champions.c.sequence, champions.c.version).where(
        champions.c.task == task
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {row.alias: AliasHead(row.sequence, row.version) for row in rows}


def moves_to(engine: Engine, alias: str, head: AliasHead, *, task: str) -> list[MoveRecord]:
    """The moves that led to a head, oldest first; at most the newest 10 000.

    Raises: StoreBusy, StorageFailed.
    """
    columns = [c for c in champion_moves.c if c.name not in {"task", "alias", "sequence"}]
    query = (
        select(*columns)
        .where(
            champion_moves.c.task == task,
            champion_moves.c.alias == alias,
            champion_moves.c.sequence <= head.sequence,
        )
        .order_by(champion_moves.c.sequence.desc())
        .limit(MAX_MOVES)
    )
    with reading(engine) as connection:
        rows = [row._asdict() for row in connection.execute(query)]
    return [MoveRecord(**row | {"overrides": tuple(row["overrides"])}) for row in reversed(rows)]


def append(engine: Engine, alias: str, move: MoveRecord, *, after: int, task: str) -> bool:
    """Add a move if `after` is still the number of the newest one (0: none); False: it is not.

    Raises: StoreBusy, StorageFailed.
    """
    with writing(engine) as connection:
        return _append(connection, alias, [move], after, task)


def adopt(engine: Engine, histories: Mapping[str, Sequence[MoveRecord]], *, task: str) -> bool:
    """Begin with the moves of files, by alias; False if the task has moves here already.

    Raises: StoreBusy, StorageFailed.
    """
    with writing(engine) as connection:
        known = select(champions.c.alias).where(champions.c.task == task).limit(1)
        if connection.execute(known).first():
            return False
        for alias, moves in histories.items():
            _append(connection, alias, moves, 0, task)
    return True


def _append(
    connection: Connection, alias: str, moves: Sequence[MoveRecord], after: int, task: str
) -> bool:
    if not moves:
        return True
    newest = {"sequence": after + len(moves), "version": moves[-1].version}
    this = (champions.c.task == task) & (champions.c.alias == alias)
    if after:
        swap = champions.update().where(this, champions.c.sequence == after).values(**newest)
        if connection.execute(swap).rowcount != 1:
            return False
    elif connection.execute(select(champions.c.sequence).where(this)).first():
        return False
    else:
        # Transactions that write come one after the other, so nobody else inserts it meanwhile.
        connection.execute(champions.insert(), {"task": task, "alias": alias, **newest})
    key = {"task": task, "alias": alias}
    rows = [
        key | {"sequence": number} | _values(move) for number, move in enumerate(moves, after + 1)
    ]
    connection.execute(champion_moves.insert(), rows)
    return True


def _values(move: MoveRecord) -> dict[str, object]:
    return {
        "site": move.site,
        "version": move.version,
        "previous": move.previous,
        "kind": move.kind,
        "at": move.at,
        "moved_by": move.moved_by,
        "reason": move.reason,
        "overrides": list(move.overrides),
        "note": move.note,
    }
