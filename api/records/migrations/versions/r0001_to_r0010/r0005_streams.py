"""What is known of each source's stream of answers."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, Integer, String

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "streams",
        Column("task", String(100), primary_key=True, server_default="pneumonia"),
        Column("source", String(100), primary_key=True),
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
