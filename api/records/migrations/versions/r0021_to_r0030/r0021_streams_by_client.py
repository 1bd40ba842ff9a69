"""Streams of answers whose site nobody named are kept by who asked."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, Integer, String

revision = "0021"
down_revision: str | None = "0020"


def upgrade() -> None:
    """Make the table anew: what it says is counted again from the newest answers."""
    op.drop_table("streams")
    op.create_table(
        "streams",
        Column("task", String(100), primary_key=True, server_default="pneumonia"),
        Column("source", String(100), primary_key=True),
        Column("client", String(200), primary_key=True),
        Column("seen_to", Integer, nullable=False),
        Column("waiting", Integer, nullable=False),
        Column("n", Integer, nullable=False),
        Column("shifted", Boolean),
        Column("since", Float),
        Column("checked_at", Float),
        Column("model_version", String(32)),
        Column("test", String(40)),
        Column("window", Integer),
        Column("excess", Float),
        Column("p", Float),
        Column("words", JSON, nullable=False),
        Column("differences", JSON, nullable=False),
    )
    op.create_index("streams_by_number", "streams", ["task", "seen_to"])
