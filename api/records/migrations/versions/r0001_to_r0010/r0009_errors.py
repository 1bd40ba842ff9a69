"""Unexpected errors, grouped."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String, Text

revision = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "errors",
        Column("fingerprint", String(32), primary_key=True),
        Column("type", String(200), nullable=False),
        Column("place", String(200), nullable=False),
        Column("count", Integer, nullable=False),
        Column("first_at", Float, nullable=False),
        Column("last_at", Float, nullable=False),
        Column("request_id", String(64), nullable=False),
        Column("version", String(40), nullable=False),
        Column("traceback", Text, nullable=False),
    )
    op.create_index("errors_by_time", "errors", ["last_at"])
