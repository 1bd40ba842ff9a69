"""Which site an answer was for, and how unlike the known ones its film was made."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, LargeBinary, String

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Add the columns; they are null in the rows that are there."""
    for column in (
        Column("source", String(100)),
        Column("site_profile", String(40)),
        Column("site_distance", Float),
        Column("site_shift", Boolean),
        Column("possible_labels", JSON),
        Column("shift_features", LargeBinary),
    ):
        op.add_column("predictions", column)
    op.create_index("predictions_by_source", "predictions", ["task", "source", "number"])
