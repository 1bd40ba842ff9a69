"""Whether a reader had not seen the answer when they said what a film shows."""

from alembic import op
from sqlalchemy import Boolean, Column

revision = "0014"
down_revision: str | None = "0012"


def upgrade() -> None:
    """Add a column; null: from before this was kept."""
    op.add_column("feedback", Column("blinded", Boolean))
