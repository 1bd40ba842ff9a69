"""Alerts, and what is to be sent to other systems."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, Integer, String, Text, false

revision = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Add the tables."""
    _outbox()
    _alerts()


def _outbox() -> None:
    op.create_table(
        "events",
        Column("number", Integer, primary_key=True),
        Column("id", String(120), nullable=False, unique=True),
        Column("type", String(20), nullable=False),
        Column("task", String(100), nullable=False),
        Column("at", Float, nullable=False),
        Column("data", JSON, nullable=False),
        Column("dispatched", Boolean, nullable=False, server_default=false()),
    )
    op.create_index("events_to_dispatch", "events", ["dispatched", "number"])
    op.create_table(
        "outbox",
        Column("number", Integer, primary_key=True),
        Column("kind", String(20), nullable=False),
        Column("destination", String(200), nullable=False),
        Column("event_id", String(120), nullable=False),
        Column("payload", JSON, nullable=False),
        Column("state", String(20), nullable=False),
        Column("created_at", Float, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_at", Float, nullable=False),
        Column("finished_at", Float),
        Column("last_error", Text),
    )
    op.create_index("outbox_once", "outbox", ["kind", "destination", "event_id"], unique=True)
    op.create_index("outbox_due", "outbox", ["state", "next_at"])
    op.create_table(
        "event_marks",
        Column("source", String(200), primary_key=True),
        Column("position", JSON, nullable=False),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        Column("name", String(60), primary_key=True),
        Column("task", String(100), primary_key=True),
        Column("status", String(10), nullable=False),
        Column("since", Float, nullable=False),
        Column("value", Float),
        Column("unknown_since", Float),
        Column("streak", String(120)),
        Column("announced", Boolean, nullable=False),
        Column("checked_at", Float, nullable=False),
    )
    op.create_table(
        "alert_history",
        Column("number", Integer, primary_key=True),
        Column("name", String(60), nullable=False),
        Column("task", String(100), nullable=False),
        Column("kind", String(20), nullable=False),
        Column("at", Float, nullable=False),
        Column("value", Float),
        Column("severity", String(20)),
        Column("by", String(100)),
        Column("why", Text),
        Column("until", Float),
    )
    op.create_index("alert_history_by_name", "alert_history", ["name", "number"])
    op.create_table(
        "alert_silences",
        Column("name", String(60), primary_key=True),
        Column("task", String(100), primary_key=True),
        Column("at", Float, nullable=False),
        Column("until", Float, nullable=False),
        Column("by", String(100), nullable=False),
        Column("why", Text, nullable=False),
    )
