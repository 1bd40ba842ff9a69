"""Training images: their rows, sums over them, and what became of each."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from api.records.tables import UnixTimestamp, metadata, task_column

samples = Table(
    "samples",
    metadata,
    task_column(primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("label", String(100), nullable=False),
    Column("filename", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", UnixTimestamp, nullable=False),
    Column("brightness", Float, nullable=False),
    Column("edge_density", Float, nullable=False),
    Column("histogram", JSON, nullable=False),
    # 'holdout' once drawn for it, and then for ever; 'train' likewise; null: not yet drawn.
    Column("part", String(10)),
    Column("patient_id", String(100)),
    Column("source", String(100)),
    # 'upload', 'import', 'folder' or 'feedback'; null: from before this was kept.
    Column("origin", String(20)),
    Column("added_by", String(100)),
    # 256 bits, see `inputs.images.perceptual_hash`; null: not yet computed.
    Column("near_hash", LargeBinary),
    # The other class that somebody gave the same picture; null: nobody did.
    Column("disputed", String(100)),
    # SHA-256 of the file as it was sent, where metadata was left out of it; null: it is as sent.
    Column("sent_sha256", String(64)),
)

# What `GET /samples` is narrowed down to, each in the order in which it is listed.
Index("newest_samples", samples.c.task, samples.c.created_at, samples.c.sha256)
for _name in ("label", "part", "source", "origin"):
    Index(
        f"newest_by_{_name}",
        samples.c.task,
        samples.c[_name],
        samples.c.created_at,
        samples.c.sha256,
    )
_DISPUTED = samples.c.disputed.is_not(None)
for _name, _columns in (
    ("newest_disputed", (samples.c.task, samples.c.created_at, samples.c.sha256)),
    ("disputed_by_label", (samples.c.task, samples.c.label, samples.c.disputed)),
):
    Index(_name, *_columns, sqlite_where=_DISPUTED, postgresql_where=_DISPUTED)

# Sums over the samples of a class that may be learned from, so that their means cost nothing; in
# fixed point (see `sample_sums`): integers that are added and taken away again leave no error.
sample_sums = Table(
    "sample_sums",
    metadata,
    task_column(primary_key=True),
    Column("label", String(100), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("disputed", Integer, nullable=False),
    Column("brightness", BigInteger, nullable=False),
    Column("edge_density", BigInteger, nullable=False),
    Column("histogram", JSON, nullable=False),
)

# One row a task: the newest change that its sums know of.
sample_sums_state = Table(
    "sample_sums_state",
    metadata,
    task_column(primary_key=True),
    Column("changes_to", Integer, nullable=False),
)

# Append-only: what became of a sample after it was stored, and why.
sample_changes = Table(
    "sample_changes",
    metadata,
    Column("number", Integer, primary_key=True),
    task_column(),
    Column("sha256", String(64), nullable=False),
    Column("at", UnixTimestamp, nullable=False),
    Column("what", String(20), nullable=False),
    Column("before", String(100)),
    Column("after", String(100)),
    Column("remark", Text, nullable=False),
    Column("changed_by", String(100)),
    # The side of the hold-out that a deleted sample was on.
    Column("part", String(10)),
    # Of a deleted sample, so that the same film in another encoding is known too.
    Column("near_hash", LargeBinary),
)
Index("changes_by_sample", sample_changes.c.task, sample_changes.c.sha256)
Index("changes_by_number", sample_changes.c.task, sample_changes.c.number)
