"""The champion as a row, its moves, and what each node serves."""

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String, Text

revision = "0017"
down_revision: str | None = "0016"


def upgrade() -> None:
    """Add the tables. What `champion.json` says is copied by whoever uses them first."""
    op.create_table(
        "champions",
        Column("task", String(100), primary_key=True, server_default="pneumonia"),
        Column("alias", String(200), primary_key=True),
        Column("sequence", Integer, nullable=False),
        Column("version", String(32), nullable=False),
    )
    op.create_table(
        "champion_moves",
        Column("task", String(100), primary_key=True, server_default="pneumonia"),
        Column("alias", String(200), primary_key=True),
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        Column("site", String(200)),
        Column("version", String(32), nullable=False),
        Column("previous", String(32)),
        Column("kind", String(20), nullable=False),
        Column("at", Float, nullable=False),
        Column("moved_by", String(200), nullable=False),
        Column("reason", Text, nullable=False),
        Column("overrides", JSON, nullable=False),
        Column("note", Text, nullable=False),
    )
    op.create_table(
        "nodes",
        Column("worker", String(32), primary_key=True),
        Column("task", String(100), primary_key=True, server_default="pneumonia"),
        Column("node", String(200), nullable=False),
        Column("version", String(32)),
        Column("sequence", Integer, nullable=False),
        Column("loaded", JSON, nullable=False),
        Column("state", String(20), nullable=False),
        Column("reason", Text, nullable=False),
        Column("since", Float, nullable=False),
        Column("last_seen", Float, nullable=False),
    )
