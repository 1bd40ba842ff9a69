"""People, their sessions, machines' keys, codes and attempts of log-ins."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from api.records.tables import UnixTimestamp, metadata

users = Table(
    "users",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("password_changed_at", UnixTimestamp, nullable=False),
    Column("last_login_at", UnixTimestamp),
    # Of somebody who logs in by an OpenID provider: what it calls itself and them.
    Column("issuer", String(500)),
    Column("subject", String(255)),
)
Index("users_by_subject", users.c.issuer, users.c.subject, unique=True)

# A token is 256 random bits: its SHA-256 tells nobody what it is.
sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user", String(64), nullable=False),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("last_used_at", UnixTimestamp, nullable=False),
    Column("expires_at", UnixTimestamp, nullable=False),
)
Index("sessions_by_user", sessions.c.user)

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("rights", JSON, nullable=False),
    Column("site", String(100)),
    Column("created_by", String(64), nullable=False),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("expires_at", UnixTimestamp),
    Column("last_used_at", UnixTimestamp),
)

login_codes = Table(
    "login_codes",
    metadata,
    Column("code_sha256", String(64), primary_key=True),
    Column("user", String(64), nullable=False),
    Column("expires_at", UnixTimestamp, nullable=False),
)

# How often something was tried in a window of time; what it is, is a SHA-256.
login_attempts = Table(
    "login_attempts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("expires_at", UnixTimestamp, nullable=False),
)
Index("login_attempts_by_end", login_attempts.c.expires_at)
