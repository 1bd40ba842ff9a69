"""Fingerprints of the keys that all nodes have to share."""

from alembic import op
from sqlalchemy import Column, Float, String

revision = "0020"
down_revision: str | None = "0019"


def upgrade() -> None:
    """Add the table; the keys of whoever starts first are the ones to be shared."""
    op.create_table(
        "shared_keys",
        Column("name", String(100), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("node", String(200), nullable=False),
        Column("at", Float, nullable=False),
    )
