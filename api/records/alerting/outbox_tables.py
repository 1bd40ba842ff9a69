"""Tables of what happened and of what is to be sent to other systems."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, false

from api.records.tables import UnixTimestamp, metadata

# Append-only: what other systems may want to know, written with the change itself.
events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    # What receivers tell a repeated message by.
    Column("id", String(120), nullable=False, unique=True),
    Column("type", String(20), nullable=False),
    # Empty: of the whole server.
    Column("task", String(100), nullable=False),
    Column("at", UnixTimestamp, nullable=False),
    Column("data", JSON, nullable=False),
    # Whether the outbox has what is to be sent of it.
    Column("dispatched", Boolean, nullable=False, server_default=false()),
)
Index("events_to_dispatch", events.c.dispatched, events.c.number)

# A row for each event and destination: what is to be sent, and what came of it.
outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True),
    # How it is sent: 'webhook', 'notify'.
    Column("kind", String(20), nullable=False),
    # A name without secrets, by which the sender finds the address.
    Column("destination", String(200), nullable=False),
    Column("event_id", String(120), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UnixTimestamp, nullable=False),
    Column("finished_at", UnixTimestamp),
    Column("last_error", Text),
)
Index("outbox_once", outbox.c.kind, outbox.c.destination, outbox.c.event_id, unique=True)
Index("outbox_due", outbox.c.state, outbox.c.next_at)

# Up to where a source of events that is no table was read.
event_marks = Table(
    "event_marks",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("position", JSON, nullable=False),
)
