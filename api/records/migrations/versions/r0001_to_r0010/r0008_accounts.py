"""People, their sessions, machines' keys, and attempts to log in."""

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String, Text

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    op.create_table(
        "users",
        Column("name", String(64), primary_key=True),
        Column("role", String(20), nullable=False),
        Column("password_hash", Text, nullable=False),
        Column("created_at", Float, nullable=False),
        Column("password_changed_at", Float, nullable=False),
        Column("last_login_at", Float),
    )
    op.create_table(
        "sessions",
        Column("token_sha256", String(64), primary_key=True),
        Column("user", String(64), nullable=False),
        Column("created_at", Float, nullable=False),
        Column("last_used_at", Float, nullable=False),
        Column("expires_at", Float, nullable=False),
    )
    op.create_index("sessions_by_user", "sessions", ["user"])
    op.create_table(
        "api_keys",
        Column("name", String(64), primary_key=True),
        Column("token_sha256", String(64), nullable=False, unique=True),
        Column("rights", JSON, nullable=False),
        Column("site", String(100)),
        Column("created_by", String(64), nullable=False),
        Column("created_at", Float, nullable=False),
        Column("expires_at", Float),
        Column("last_used_at", Float),
    )
    op.create_table(
        "login_attempts",
        Column("key", String(64), primary_key=True),
        Column("count", Integer, nullable=False),
        Column("expires_at", Float, nullable=False),
    )
    op.create_index("login_attempts_by_end", "login_attempts", ["expires_at"])
