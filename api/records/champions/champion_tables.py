"""Tables of what serves where several nodes share the records: who it is, and who serves it."""

from sqlalchemy import JSON, Column, Integer, String, Table, Text

from api.records.tables import DEFAULT_TASK, UnixTimestamp, metadata

# One row an alias that ever moved; it is changed by compare-and-swap on `sequence`.
champions = Table(
    "champions",
    metadata,
    Column("task", String(100), primary_key=True, server_default=DEFAULT_TASK),
    # Empty: the champion; else a site, by the name of its folder.
    Column("alias", String(200), primary_key=True),
    # The number of its newest move: 1, 2, …
    Column("sequence", Integer, nullable=False),
    Column("version", String(32), nullable=False),
)
# Append-only: all moves, with who made them and why.
champion_moves = Table(
    "champion_moves",
    metadata,
    Column("task", String(100), primary_key=True, server_default=DEFAULT_TASK),
    Column("alias", String(200), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    # The site's name as it was written; null: it is about the champion.
    Column("site", String(200)),
    Column("version", String(32), nullable=False),
    Column("previous", String(32)),
    Column("kind", String(20), nullable=False),
    Column("at", UnixTimestamp, nullable=False),
    Column("moved_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("overrides", JSON, nullable=False),
    Column("note", Text, nullable=False),
)
# One row a serving process and task: what it answers with, as it says itself.
nodes = Table(
    "nodes",
    metadata,
    Column("worker", String(32), primary_key=True),
    Column("task", String(100), primary_key=True, server_default=DEFAULT_TASK),
    Column("node", String(200), nullable=False),
    # Null: nothing.
    Column("version", String(32)),
    # The champion's move that it follows.
    Column("sequence", Integer, nullable=False),
    # All versions in its memory, those of sites included.
    Column("loaded", JSON, nullable=False),
    # 'serving', 'loading' or 'refused'; why, where something is wrong.
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", UnixTimestamp, nullable=False),
    Column("last_seen", UnixTimestamp, nullable=False),
)
