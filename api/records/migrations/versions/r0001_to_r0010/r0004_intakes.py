"""A table for guided questions and their answers."""

from alembic import op
from sqlalchemy import JSON, Column, Float, String

revision = "0004"
down_revision: str | None = "0003"

DEFAULT_TASK = "pneumonia"


def upgrade() -> None:
    """Create the table with its indexes; nothing that is there changes."""
    op.create_table(
        "intakes",
        Column("id", String(32), primary_key=True),
        Column("task", String(100), nullable=False, server_default=DEFAULT_TASK),
        Column("topic", String(40), nullable=False),
        Column("rules_version", String(100), nullable=False),
        Column("created_at", Float, nullable=False),
        Column("answers", JSON, nullable=False),
        Column("outcome", JSON),
        Column("prediction_id", String(32)),
    )
    op.create_index("intakes_by_time", "intakes", ["created_at"])
    op.create_index("intakes_by_prediction", "intakes", ["prediction_id", "created_at"])
