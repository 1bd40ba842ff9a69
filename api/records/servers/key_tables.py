"""Table of the keys that all nodes have to share; the keys themselves are in no table."""

from sqlalchemy import Column, String, Table

from api.records.tables import UnixTimestamp, metadata

# One row a key, by the name of its file.
shared_keys = Table(
    "shared_keys",
    metadata,
    Column("name", String(100), primary_key=True),
    # SHA-256, hexadecimal: of 32 random bytes it tells nothing.
    Column("fingerprint", String(64), nullable=False),
    # In whose state folder it was seen first.
    Column("node", String(200), nullable=False),
    Column("at", UnixTimestamp, nullable=False),
)
