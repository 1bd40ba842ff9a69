"""The audit log; who asked for an answer; what is kept for a time only."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String, Text

revision = "0010"
down_revision: str | None = "0009"

GENESIS = "0" * 64
REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"


def upgrade() -> None:
    """Add the tables and the columns; nothing that is there changes."""
    op.add_column("predictions", Column("actor", String(200)))
    op.add_column("samples", Column("sent_sha256", String(64)))
    op.create_table(
        "audit",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("at", String(32), nullable=False),
        Column("actor", String(200), nullable=False),
        Column("right", String(20)),
        Column("action", String(40), nullable=False),
        Column("object", String(200), nullable=False),
        Column("task", String(100)),
        Column("before", Text),
        Column("after", Text),
        Column("request_id", String(64)),
        Column("address_sha256", String(64)),
        Column("hash", String(64), nullable=False),
    )
    op.create_index("audit_by_action", "audit", ["action", "number"])
    op.create_index("audit_by_actor", "audit", ["actor", "number"])
    op.create_table(
        "audit_head",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, nullable=False),
        Column("hash", String(64), nullable=False),
        Column("settings", Text),
    )
    op.execute(f"INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '{GENESIS}')")
    op.create_table(
        "audit_addresses",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("at", Float, nullable=False),
        Column("salt", String(32), nullable=False),
        Column("address", String(100), nullable=False),
    )
    op.create_index("audit_addresses_by_time", "audit_addresses", ["at"])
    op.create_table(
        "retention_marks",
        Column("task", String(100), primary_key=True),
        Column("what", String(60), primary_key=True),
        Column("until", Float, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {REFUSED}")
        op.execute(f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {REFUSED}")
        op.execute(
            "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
            f"WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM audit) {REFUSED}"
        )
