"""PostgreSQL, too, refuses changes of the audit log."""

from alembic import op

revision = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    """Add the triggers; SQLite has its own since 0010."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE integrity_constraint_violation USING MESSAGE = "
        "''the audit log is append-only''; END'"
    )
    op.execute(
        "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
    )
    op.execute(
        "CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
