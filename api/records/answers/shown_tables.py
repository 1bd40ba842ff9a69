"""Table of whom the answers about a film were shown to."""

from sqlalchemy import Column, Index, String, Table

from api.records.tables import UnixTimestamp, metadata

# A row for each film and reader: when an answer about it was shown to them first.
shown_answers = Table(
    "shown_answers",
    metadata,
    Column("task", String(100), primary_key=True),
    Column("reader", String(200), primary_key=True),
    Column("image_sha256", String(64), primary_key=True),
    Column("at", UnixTimestamp, nullable=False),
)
Index("shown_by_film", shown_answers.c.image_sha256)
