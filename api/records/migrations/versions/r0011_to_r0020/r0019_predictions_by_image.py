"""The answers about a film are found without reading all others: whether one is left of it, and
who asked for one."""

from alembic import op

revision = "0019"
down_revision: str | None = "0018"


def upgrade() -> None:
    """Add the index."""
    op.create_index("predictions_by_film", "predictions", ["image_sha256"])
