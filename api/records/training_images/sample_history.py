"""What was done to samples, and which were deleted."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Select,
    func,
    select,
)

from api.records.database import reading
from api.records.statistics import sample_sums
from api.records.training_images.sample_tables import sample_changes, samples
from api.tasks.states import State


class SampleChangeKind(State):
    """What can be done to a sample."""

    # It came with another class too; both sides have the same one again; a person decided.
    DISPUTED = "disputed"
    AGREED = "agreed"
    RESOLVED = "resolved"
    RELABELLED = "relabelled"
    DELETED = "deleted"
    RESTORED = "restored"
    # Somebody took back the word by which an answer's film became a sample.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SampleChange:
    """What was done to a sample; `what` is one of `SampleChangeKind`."""

    sha256: str
    at: datetime
    what: str
    before: str | None
    after: str | None
    remark: str
    changed_by: str | None = None
    part: str | None = None
    near_hash: bytes | None = None


CHANGE_COLUMNS = tuple(sample_changes.c[field.name] for field in fields(SampleChange))


def changes(engine: Engine, sha256: str, *, task: str) -> list[SampleChange]:
    """What was done to a sample, oldest first."""
    query = (
        select(*CHANGE_COLUMNS)
        .where(sample_changes.c.task == task, sample_changes.c.sha256 == sha256)
        .order_by(sample_changes.c.number)
    )
    with reading(engine) as connection:
        return [SampleChange(**row._asdict()) for row in connection.execute(query)]


def deleted(engine: Engine, *, task: str) -> set[str]:
    """The hashes of all films that were deleted and are not there again."""
    with reading(engine) as connection:
        return set(connection.execute(_deleted(task, sample_changes.c.sha256)).scalars())


def deleted_near_hashes(engine: Engine, *, task: str) -> dict[str, bytes]:
    """The perceptual hashes of those of them that have one."""
    query = _deleted(task, sample_changes.c.sha256, sample_changes.c.near_hash).where(
        sample_changes.c.near_hash.is_not(None)
    )
    with reading(engine) as connection:
        return {row.sha256: row.near_hash for row in connection.execute(query)}


def deletion(engine: Engine, sha256: str, *, task: str) -> SampleChange | None:
    """How this film was deleted; None if it never was, or is there again."""
    query = (
        _deleted(task, *CHANGE_COLUMNS)
        .where(sample_changes.c.sha256 == sha256)
        .order_by(sample_changes.c.number.desc())
        .limit(1)
    )
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else SampleChange(**row._asdict())


def deletion_note(engine: Engine, sha256: str, *, task: str) -> str:
    """When a film was deleted, to go on with a sentence about it; empty if it never was."""
    found = [
        change
        for change in changes(engine, sha256, task=task)
        if change.what == SampleChangeKind.DELETED
    ]
    return f": it was deleted on {found[-1].at:%Y-%m-%d at %H:%M} UTC" if found else ""


def former_split(connection: Connection, sha256: str, *, task: str) -> str | None:
    """The split that a sample was in before it was deleted; it may never change."""
    return connection.execute(
        select(sample_changes.c.part)
        .where(
            sample_changes.c.task == task,
            sample_changes.c.sha256 == sha256,
            func.coalesce(sample_changes.c.part, "") != "",
        )
        .order_by(sample_changes.c.number.desc())
        .limit(1)
    ).scalar_one_or_none()


def log_change(connection: Connection, change: SampleChange, *, task: str) -> None:
    """Store what is done to a sample, in the transaction in which it is done."""
    connection.execute(sample_changes.insert(), {"task": task} | asdict(change))
    sample_sums.note_change(connection, task=task)


def _deleted(task: str, *columns: Column[Any]) -> Select[Any]:
    there = select(samples.c.sha256).where(
        samples.c.task == task, samples.c.sha256 == sample_changes.c.sha256
    )
    of_task = sample_changes.c.task == task
    return select(*columns).where(
        of_task, sample_changes.c.what == SampleChangeKind.DELETED, ~there.exists()
    )
