"""Which numbers of a row lay beyond what was trained on."""

from alembic import op
from sqlalchemy import JSON, Column

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Add the column; it is null in the rows that are there."""
    op.add_column("predictions", Column("out_of_range", JSON))
