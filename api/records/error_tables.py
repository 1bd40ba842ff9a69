"""What is kept of unexpected errors."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from api.records.tables import UnixTimestamp, metadata

# One row a kind of error. Processes serve all tasks, so rows have none.
errors = Table(
    "errors",
    metadata,
    # Of the types and of the frames of our code.
    Column("fingerprint", String(32), primary_key=True),
    Column("type", String(200), nullable=False),
    # Where the newest one happened: a route's template with its method, or a thread.
    Column("place", String(200), nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_at", UnixTimestamp, nullable=False),
    Column("last_at", UnixTimestamp, nullable=False),
    # Of the newest one; '-' where no request is the reason.
    Column("request_id", String(64), nullable=False),
    # Of the program that met the newest one.
    Column("version", String(40), nullable=False),
    # Types, files, lines and functions: no values, no messages.
    Column("traceback", Text, nullable=False),
)
Index("errors_by_time", errors.c.last_at)
