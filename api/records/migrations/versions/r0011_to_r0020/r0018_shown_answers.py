"""Whom the answers about a film were shown to, so that a word after that is not blinded."""

from alembic import op
from sqlalchemy import Column, Float, String

revision = "0018"
down_revision: str | None = "0017"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "shown_answers",
        Column("task", String(100), primary_key=True),
        Column("reader", String(200), primary_key=True),
        Column("image_sha256", String(64), primary_key=True),
        Column("at", Float, nullable=False),
    )
    op.create_index("shown_by_film", "shown_answers", ["image_sha256"])
