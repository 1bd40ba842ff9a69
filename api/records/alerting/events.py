"""What happened that other systems may want to know, and where it was found.

An event is written in the transaction of the change that it tells of. What is to be sent of it is
decided later, by whoever knows the destinations; see `outbox`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from api.records.alerting.outbox_tables import event_marks, events
from api.records.database import reading
from api.tasks.states import State


class EventType(State):
    """What receivers are told of."""

    PROMOTED = "promoted"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    ALARM = "alarm"
    JOB_ENDED = "job_ended"


RETENTION = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; of two with the same id the first one counts.

    Attributes:
        task: empty where it is about the whole server.
    """

    id: str
    type: EventType
    task: str
    at: datetime
    data: Mapping[str, Any]

    def payload(self) -> dict[str, Any]:
        """As a receiver gets it."""
        return {
            "id": self.id,
            "type": self.type,
            "created_at": self.at.isoformat(),
            "task": self.task or None,
            "data": dict(self.data),
        }


def add(connection: Connection, found: Sequence[Event], *, dispatched: bool = False) -> None:
    """Store those that are not stored yet, in the caller's transaction.

    Args:
        dispatched: whether the caller has put them into the outbox itself.
    """
    ids = [event.id for event in found]
    known = set(connection.execute(select(events.c.id).where(events.c.id.in_(ids))).scalars())
    for event in found:
        if event.id not in known:
            known.add(event.id)
            row = asdict(event) | {"data": dict(event.data), "dispatched": dispatched}
            connection.execute(events.insert(), row)


def undispatched(connection: Connection, *, limit: int) -> list[Event]:
    """The oldest of those that the outbox does not know of."""
    query = (
        select(*(events.c[name] for name in ("id", "type", "task", "at", "data")))
        .where(events.c.dispatched.is_(False))
        .order_by(events.c.number)
        .limit(limit)
    )
    return [Event(**row._asdict()) for row in connection.execute(query)]


def mark_dispatched(connection: Connection, found: Sequence[Event]) -> None:
    """The outbox knows of these now."""
    ids = [event.id for event in found]
    connection.execute(events.update().where(events.c.id.in_(ids)).values(dispatched=True))


def drop_old(connection: Connection, moment: datetime) -> None:
    """Forget what was dispatched long ago."""
    is_old = events.c.at < moment - RETENTION
    connection.execute(events.delete().where(events.c.dispatched.is_(True), is_old))


def mark_of(engine: Engine, source: str) -> dict[str, Any] | None:
    """Up to where a source was read; None: never."""
    with reading(engine) as connection:
        query = select(event_marks.c.position).where(event_marks.c.source == source)
        position: dict[str, Any] | None = connection.execute(query).scalar_one_or_none()
    return position


def set_mark(connection: Connection, source: str, position: dict[str, Any]) -> None:
    """Remember up to where a source was read, in the transaction of the events found there."""
    connection.execute(event_marks.delete().where(event_marks.c.source == source))
    connection.execute(event_marks.insert(), {"source": source, "position": position})
