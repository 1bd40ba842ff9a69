"""People who log in by an OpenID provider, and the codes that bring them back to the UI."""

from alembic import op
from sqlalchemy import Column, Float, String

revision = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    """Add the columns and the table; nobody who is there changes."""
    op.add_column("users", Column("issuer", String(500)))
    op.add_column("users", Column("subject", String(255)))
    op.create_index("users_by_subject", "users", ["issuer", "subject"], unique=True)
    op.create_table(
        "login_codes",
        Column("code_sha256", String(64), primary_key=True),
        Column("user", String(64), nullable=False),
        Column("expires_at", Float, nullable=False),
    )
