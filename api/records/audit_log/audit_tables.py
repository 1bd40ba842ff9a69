"""Tables of the audit log, and of what is kept for a time only."""

from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text, event

from api.records.tables import UnixTimestamp, metadata

# The hash before the first entry.
GENESIS = "0" * 64

# Append-only: who changed what. Each entry's hash covers the one before; see `audit_chain`. Free
# text, file names and addresses are not in it, so that it can be kept for ever.
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # ISO 8601, UTC, microseconds: as it is hashed.
    Column("at", String(32), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("right", String(20)),
    Column("action", String(40), nullable=False),
    Column("object", String(200), nullable=False),
    Column("task", String(100)),
    # Canonical JSON: as it is hashed.
    Column("before", Text),
    Column("after", Text),
    Column("request_id", String(64)),
    # Of the salt and the address in `audit_addresses`; it says nothing once that row is gone.
    Column("address_sha256", String(64)),
    Column("hash", String(64), nullable=False),
)
Index("audit_by_action", audit.c.action, audit.c.number)
Index("audit_by_actor", audit.c.actor, audit.c.number)

# One row: the number and the hash of the newest entry, so that a cut end is noticed; and the
# settings of the newest start, to tell what the next one changes.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("settings", Text),
)

# Whoever asked, for as long as addresses are kept.
audit_addresses = Table(
    "audit_addresses",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UnixTimestamp, nullable=False),
    Column("salt", String(32), nullable=False),
    Column("address", String(100), nullable=False),
)
Index("audit_addresses_by_time", audit_addresses.c.at)

# Up to which moment the file names of a table were dropped or hashed.
retention_marks = Table(
    "retention_marks",
    metadata,
    Column("task", String(100), primary_key=True),
    # A table and what was done: `predictions dropped`, `samples hashed`, …
    Column("what", String(60), primary_key=True),
    Column("until", UnixTimestamp, nullable=False),
)

FIRST_HEAD = f"INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '{GENESIS}')"
APPEND_ONLY = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    # `INSERT OR REPLACE` would delete without asking the trigger above.
    "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
    "WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM audit) "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
)
APPEND_ONLY_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE integrity_constraint_violation USING MESSAGE = ''the audit log is append-only''; "
    "END'",
    "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    "CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
)


def _insert_first_head(_table: Table, connection: Connection, **_: Any) -> None:
    connection.exec_driver_sql(FIRST_HEAD)


def _make_append_only(_table: Table, connection: Connection, **_: Any) -> None:
    triggers = {"sqlite": APPEND_ONLY, "postgresql": APPEND_ONLY_POSTGRESQL}
    for trigger in triggers.get(connection.dialect.name, ()):
        connection.exec_driver_sql(trigger)


event.listen(audit_head, "after_create", _insert_first_head)
event.listen(audit, "after_create", _make_append_only)
