"""The UIDs of the DICOM film that an answer is about."""

from alembic import op
from sqlalchemy import JSON, Column

revision = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    """Add the column; it is null in the rows that are there."""
    op.add_column("predictions", Column("dicom_source", JSON))
