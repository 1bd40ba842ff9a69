"""Challengers in shadow, and what answers looked like over time."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, Integer, String

revision = "0011"
down_revision: str | None = "0010"

DEFAULT_TASK = "pneumonia"


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    op.create_table(
        "shadows",
        Column("task", String(100), primary_key=True, server_default=DEFAULT_TASK),
        Column("version", String(32), primary_key=True),
        Column("started_at", Float, nullable=False),
        Column("stopped_at", Float),
        Column("started_by", String(100), nullable=False),
        Column("dropped", Integer, nullable=False),
        Column("failed", Integer, nullable=False),
        Column("problem", String(500)),
    )
    op.create_table(
        "shadow_answers",
        Column("number", Integer, primary_key=True),
        Column("task", String(100), nullable=False, server_default=DEFAULT_TASK),
        Column("version", String(32), nullable=False),
        Column("prediction_id", String(32), nullable=False),
        Column("label", String(100), nullable=False),
        Column("decision", String(20), nullable=False),
        Column("score", Float, nullable=False),
        Column("inference_ms", Float, nullable=False),
    )
    op.create_index("shadow_answers_by_version", "shadow_answers", ["task", "version"])
    op.create_index("shadow_answers_by_prediction", "shadow_answers", ["prediction_id"])
    op.create_table(
        "drift_looks",
        Column("number", Integer, primary_key=True),
        Column("task", String(100), nullable=False, server_default=DEFAULT_TASK),
        Column("at", Float, nullable=False),
        Column("model_version", String(32), nullable=False),
        Column("seen_to", Integer, nullable=False),
        Column("drifted", Boolean, nullable=False),
        Column("windows", JSON, nullable=False),
    )
    op.create_index("drift_looks_by_number", "drift_looks", ["task", "number"])
