"""A task in every row, and in front of every key and index that queries use.

The rows that are there belong to the task that the server is configured for.
"""

from typing import Any

from alembic import context, op
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Integer,
    LargeBinary,
    String,
    Text,
    column,
    insert,
    literal,
    select,
    table,
    text,
)

revision = "0002"
down_revision: str | None = "0001"

DEFAULT_TASK = "pneumonia"

# (name, table, columns) of indexes; the first column of each is the task.
INDEXES = (
    ("predictions_by_time", "predictions", ("created_at",)),
    ("predictions_by_number", "predictions", ("number",)),
    ("feedback_by_prediction", "feedback", ("prediction_id",)),
    ("newest_samples", "samples", ("created_at", "sha256")),
    ("newest_by_label", "samples", ("label", "created_at", "sha256")),
    ("newest_by_part", "samples", ("part", "created_at", "sha256")),
    ("newest_by_source", "samples", ("source", "created_at", "sha256")),
    ("newest_by_origin", "samples", ("origin", "created_at", "sha256")),
    ("changes_by_sample", "sample_changes", ("sha256",)),
    ("changes_by_number", "sample_changes", ("number",)),
    ("failures_by_time", "failures", ("at",)),
    ("failures_by_number", "failures", ("number",)),
)
DISPUTED_INDEXES = (
    ("newest_disputed", "samples", ("created_at", "sha256")),
    ("disputed_by_label", "samples", ("label", "disputed")),
)


def upgrade() -> None:
    """Add the column where rows are numbered; make tables anew whose key the task is part of."""
    former_task = context.config.attributes.get("former_task", DEFAULT_TASK)
    for index, of in (
        ("ix_predictions_created_at", "predictions"),
        ("ix_feedback_prediction_id", "feedback"),
        ("ix_sample_changes_sha256", "sample_changes"),
        ("ix_failures_at", "failures"),
    ):
        op.drop_index(index, of)
        _add_column(of, former_task)
    _make_anew(former_task)
    disputed = text("disputed IS NOT NULL")
    for name, of, columns in INDEXES:
        op.create_index(name, of, ["task", *columns])
    for name, of, columns in DISPUTED_INDEXES:
        op.create_index(
            name, of, ["task", *columns], sqlite_where=disputed, postgresql_where=disputed
        )


def _task(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "task", String(100), nullable=False, primary_key=primary_key, server_default=DEFAULT_TASK
    )


def _add_column(name: str, former_task: str) -> None:
    op.add_column(name, _task())
    if former_task != DEFAULT_TASK:
        op.execute(table(name, column("task")).update().values(task=former_task))


def _make_anew(former_task: str) -> None:
    """Neither SQLite nor a column's default can put the task into a primary key in place."""
    _rebuild(
        former_task,
        "samples",
        Column("sha256", String(64), primary_key=True),
        Column("label", String(100), nullable=False),
        Column("filename", Text, nullable=False),
        Column("file", Text, nullable=False),
        Column("size_bytes", Integer, nullable=False),
        Column("created_at", Float, nullable=False),
        Column("brightness", Float, nullable=False),
        Column("edge_density", Float, nullable=False),
        Column("histogram", JSON, nullable=False),
        Column("part", String(10)),
        Column("patient_id", String(100)),
        Column("source", String(100)),
        Column("origin", String(20)),
        Column("added_by", String(100)),
        Column("near_hash", LargeBinary),
        Column("disputed", String(100)),
    )
    _rebuild(
        former_task,
        "sample_sums",
        Column("label", String(100), primary_key=True),
        Column("number", Integer, nullable=False),
        Column("disputed", Integer, nullable=False),
        Column("brightness", BigInteger, nullable=False),
        Column("edge_density", BigInteger, nullable=False),
        Column("histogram", JSON, nullable=False),
    )
    _rebuild(former_task, "sample_sums_state", Column("changes_to", Integer, nullable=False))
    _rebuild(
        former_task,
        "prediction_totals",
        Column("given", Integer, nullable=False),
        Column("removed", Integer, nullable=False),
        Column("known_to", Integer, nullable=False),
        Column("heatmaps_pruned_until", Float),
        Column("heatmaps_pruned_number", Integer),
    )
    _rebuild(
        former_task,
        "uncounted_predictions",
        Column("low", Integer, primary_key=True, autoincrement=False),
        Column("high", Integer, nullable=False),
    )
    for name, key in (
        ("prediction_counts", Column("label", String(100), primary_key=True)),
        ("latency_counts", Column("bin", Integer, primary_key=True, autoincrement=False)),
    ):
        _rebuild(
            former_task,
            name,
            Column("resolution_s", Integer, primary_key=True, autoincrement=False),
            Column("start", Integer, primary_key=True, autoincrement=False),
            key,
            Column("answers", Integer, nullable=False),
            has_rowid=False,
        )


def _rebuild(former_task: str, name: str, *columns: Column[Any], has_rowid: bool = True) -> None:
    """Make a table with the task in front, copy the rows, and put it into the former's place."""
    former = f"{name}_before_tasks"
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # A view of somebody's goes on naming the table, not the one that is dropped below.
    if is_sqlite:
        op.execute("PRAGMA legacy_alter_table=ON")
    op.rename_table(name, former)
    if is_sqlite:
        op.execute("PRAGMA legacy_alter_table=OFF")
    # The former's indexes would keep their names from being given again.
    if name == "samples":
        for index in FORMER_SAMPLE_INDEXES:
            op.drop_index(index, former)
    op.create_table(name, _task(primary_key=True), *columns, sqlite_with_rowid=has_rowid)
    names = [of.name for of in columns]
    task: ColumnElement[str] = literal(former_task)
    rows = select(task, *(column(of) for of in names)).select_from(table(former))
    new = table(name, column("task"), *(column(of) for of in names))
    op.execute(insert(new).from_select(["task", *names], rows))
    op.drop_table(former)


FORMER_SAMPLE_INDEXES = (
    "ix_samples_label",
    "newest_samples",
    "newest_by_label",
    "newest_by_part",
    "newest_by_source",
    "newest_by_origin",
    "newest_disputed",
    "disputed_by_label",
)
