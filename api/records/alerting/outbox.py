"""What is to be sent to other systems: a row for each message and destination, kept until it was
delivered or given up, whichever process is killed when.

Nothing here knows how a kind of message is sent. A message may be sent twice, where a process ends
between sending it and writing that down; its event id is the same both times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, case, func, select

from api.records.alerting import events
from api.records.alerting.events import Event
from api.records.alerting.outbox_tables import outbox
from api.records.database import reading, writing

# Events that become messages in one transaction.
BATCH = 200
RETENTION = timedelta(days=30)
_FIELDS = (
    "number", "kind", "destination", "event_id", "payload", "state", "created_at", "attempts",
    "next_at", "finished_at", "last_error",
)  # fmt: skip


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: how it is sent, and a name without secrets."""

    kind: str
    destination: str


@dataclass(frozen=True, slots=True)
class Message:
    """A row. `next_at`: before then it is not tried again."""

    number: int
    kind: str
    destination: str
    event_id: str
    payload: dict[str, Any]
    state: MessageState
    created_at: datetime
    attempts: int
    next_at: datetime
    finished_at: datetime | None
    last_error: str | None

    @property
    def address(self) -> Address:
        return Address(self.kind, self.destination)


@dataclass(frozen=True, slots=True)
class AddressTotals:
    """What became of the messages to one address, of those that are still kept."""

    address: Address
    waiting: int
    delivered: int
    given_up: int
    last_delivered_at: datetime | None
    # Of the newest message that did not arrive yet, or never did.
    last_error: str | None = None


AddressesOf = Callable[[Event], Sequence[Address]]


def add(
    connection: Connection,
    address: Address,
    *,
    event_id: str,
    payload: dict[str, Any],
    moment: datetime,
) -> bool:
    """Send this as soon as possible; in the caller's transaction.

    Returns: False where the address has a message of this event already: nothing happens.
    """
    same = (
        outbox.c.kind == address.kind,
        outbox.c.destination == address.destination,
        outbox.c.event_id == event_id,
    )
    if connection.execute(select(outbox.c.number).where(*same)).first() is not None:
        return False
    connection.execute(
        outbox.insert(),
        {
            "kind": address.kind,
            "destination": address.destination,
            "event_id": event_id,
            "payload": payload,
            "state": MessageState.WAITING,
            "created_at": moment,
            "attempts": 0,
            "next_at": moment,
        },
    )
    return True


def forget_given_up(connection: Connection, event_id: str) -> None:
    """Somebody wants this event sent again: as if its lost messages had never been."""
    is_lost = outbox.c.event_id == event_id, outbox.c.state == MessageState.GIVEN_UP
    connection.execute(outbox.delete().where(*is_lost))


def is_waiting(engine: Engine, event_id: str) -> bool:
    """Whether some message of an event is still to be delivered."""
    conditions = outbox.c.event_id == event_id, outbox.c.state == MessageState.WAITING
    with reading(engine) as connection:
        return connection.execute(select(outbox.c.number).where(*conditions)).first() is not None


def waiting_payloads(engine: Engine, kind: str) -> list[dict[str, Any]]:
    """Of all messages of a kind that are still to be delivered."""
    conditions = outbox.c.kind == kind, outbox.c.state == MessageState.WAITING
    with reading(engine) as connection:
        return list(connection.execute(select(outbox.c.payload).where(*conditions)).scalars())


def dispatch(engine: Engine, addresses_of: AddressesOf, moment: datetime) -> int:
    """Make messages of the events that have none yet; returns of how many events.

    Raises: StoreBusy, StorageFailed.
    """
    # Mostly there are none, and a look does not have to wait for whoever writes.
    with reading(engine) as connection:
        if not events.undispatched(connection, limit=1):
            return 0
    with writing(engine) as connection:
        found = events.undispatched(connection, limit=BATCH)
        for event in found:
            for address in addresses_of(event):
                add(
                    connection,
                    address,
                    event_id=event.id,
                    payload=event.payload(),
                    moment=moment,
                )
        events.mark_dispatched(connection, found)
    return len(found)


def due(engine: Engine, moment: datetime) -> list[Message]:
    """For each address the oldest message that may be tried now."""
    is_due = outbox.c.state == MessageState.WAITING, outbox.c.next_at <= moment
    first = (
        select(func.min(outbox.c.number))
        .where(*is_due)
        .group_by(outbox.c.kind, outbox.c.destination)
    )
    query = select(*_columns()).where(outbox.c.number.in_(first)).order_by(outbox.c.number)
    with reading(engine) as connection:
        return [_message(row) for row in connection.execute(query)]


def delivered(engine: Engine, message: Message, moment: datetime) -> None:
    """It arrived. Raises: StoreBusy, StorageFailed."""
    _update(
        engine,
        message,
        state=MessageState.DELIVERED,
        attempts=message.attempts + 1,
        finished_at=moment,
        last_error=None,
    )


def postponed(engine: Engine, message: Message, *, error: str, next_at: datetime) -> None:
    """It did not arrive, and is tried again then. Raises: StoreBusy, StorageFailed."""
    _update(engine, message, attempts=message.attempts + 1, last_error=error, next_at=next_at)


def given_up(engine: Engine, message: Message, *, error: str, moment: datetime) -> None:
    """It did not arrive, and is not tried again. Raises: StoreBusy, StorageFailed."""
    _update(
        engine,
        message,
        state=MessageState.GIVEN_UP,
        attempts=message.attempts + 1,
        finished_at=moment,
        last_error=error,
    )


def newest(engine: Engine, *, state: MessageState | None, limit: int) -> list[Message]:
    """Messages, the newest first."""
    query = select(*_columns()).order_by(outbox.c.number.desc()).limit(limit)
    if state is not None:
        query = query.where(outbox.c.state == state)
    with reading(engine) as connection:
        return [_message(row) for row in connection.execute(query)]


def totals(engine: Engine) -> list[AddressTotals]:
    """A line an address that was ever sent anything, as long as that is kept."""
    numbers = {
        state: func.sum(case((outbox.c.state == state, 1), else_=0)).label(state.value)
        for state in MessageState
    }
    at = case((outbox.c.state == MessageState.DELIVERED, outbox.c.finished_at))
    query = (
        select(
            outbox.c.kind,
            outbox.c.destination,
            *numbers.values(),
            func.max(at, type_=outbox.c.finished_at.type).label("last_delivered_at"),
        )
        .group_by(outbox.c.kind, outbox.c.destination)
        .order_by(outbox.c.kind, outbox.c.destination)
    )
    newest = (
        select(func.max(outbox.c.number))
        .where(outbox.c.last_error.is_not(None))
        .group_by(outbox.c.kind, outbox.c.destination)
    )
    lost = select(outbox.c.kind, outbox.c.destination, outbox.c.last_error)
    with reading(engine) as connection:
        found = connection.execute(lost.where(outbox.c.number.in_(newest)))
        errors = {(row.kind, row.destination): row.last_error for row in found}
        return [
            AddressTotals(
                Address(row.kind, row.destination),
                int(row.waiting),
                int(row.delivered),
                int(row.given_up),
                row.last_delivered_at,
                errors.get((row.kind, row.destination)),
            )
            for row in connection.execute(query)
        ]


def drop_old(engine: Engine, moment: datetime) -> None:
    """Forget what was finished long ago. Raises: StoreBusy, StorageFailed."""
    with writing(engine) as connection:
        connection.execute(
            outbox.delete().where(
                outbox.c.state != MessageState.WAITING,
                outbox.c.finished_at < moment - RETENTION,
            )
        )
        events.drop_old(connection, moment)


def _columns() -> list[Any]:
    return [outbox.c[name] for name in _FIELDS]


def _update(engine: Engine, message: Message, **values: Any) -> None:
    with writing(engine) as connection:
        connection.execute(
            outbox.update().where(outbox.c.number == message.number).values(**values)
        )


def _message(row: Row[Any]) -> Message:
    values = row._asdict()
    return Message(**values | {"state": MessageState(values["state"])})
