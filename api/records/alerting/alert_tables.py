"""Tables of alerts: how each one stands, what became of it, and who wants no message."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from api.records.tables import UnixTimestamp, metadata

# One row a rule and task; the task is empty where the rule is about the whole server.
alerts = Table(
    "alerts",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("task", String(100), primary_key=True),
    Column("status", String(10), nullable=False),
    Column("since", UnixTimestamp, nullable=False),
    # Null: the signal had nothing to say at the last look.
    Column("value", Float),
    Column("unknown_since", UnixTimestamp),
    # Of the current streak of firing; null: it does not fire.
    Column("streak", String(120)),
    # Whether somebody was told of the streak.
    Column("announced", Boolean, nullable=False),
    Column("checked_at", UnixTimestamp, nullable=False),
)

# Append-only, the newest ten thousand: firing, resolved, silenced, unsilenced.
alert_history = Table(
    "alert_history",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("task", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", UnixTimestamp, nullable=False),
    Column("value", Float),
    Column("severity", String(20)),
    # Of a silence: who, why, and until when.
    Column("by", String(100)),
    Column("why", Text),
    Column("until", UnixTimestamp),
)
Index("alert_history_by_name", alert_history.c.name, alert_history.c.number)

# The newest silence of a rule; the task is empty where it holds for all.
alert_silences = Table(
    "alert_silences",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("task", String(100), primary_key=True),
    Column("at", UnixTimestamp, nullable=False),
    Column("until", UnixTimestamp, nullable=False),
    Column("by", String(100), nullable=False),
    Column("why", Text, nullable=False),
)
