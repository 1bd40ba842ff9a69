"""The schema of the release before tasks, as it was: what is missing of it is added.

Databases of all earlier versions come here: they lack tables, columns that may be empty, and
indexes. A new database never does: it is made at the newest revision.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.schema import CreateIndex

from api.errors import StorageFailed

revision = "0001"
down_revision: str | None = None

FORMER = MetaData()

predictions = Table(
    "predictions",
    FORMER,
    Column("number", Integer, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("created_at", Float, nullable=False, index=True),
    Column("filename", Text, nullable=False),
    Column("image_sha256", String(64), nullable=False),
    Column("model_version", String(32), nullable=False),
    Column("label", String(100), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("probabilities", JSON, nullable=False),
    Column("score", Float, nullable=False),
    Column("decision", String(20), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("timings", JSON, nullable=False),
    Column("operating_point", String(40)),
    Column("threshold", Float),
    Column("prevalence", Float),
    Column("ppv", Float),
    Column("npv", Float),
    Column("unlikeness", Float),
    Column("causes", JSON),
    Column("activation", LargeBinary),
    Column("total_ms", Float, nullable=False),
)
heatmaps = Table(
    "heatmaps",
    FORMER,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("activation", LargeBinary, nullable=False),
)
prediction_totals = Table(
    "prediction_totals",
    FORMER,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("given", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    Column("heatmaps_pruned_until", Float),
    Column("heatmaps_pruned_number", Integer),
)
uncounted_predictions = Table(
    "uncounted_predictions",
    FORMER,
    Column("low", Integer, primary_key=True, autoincrement=False),
    Column("high", Integer, nullable=False),
)
prediction_counts = Table(
    "prediction_counts",
    FORMER,
    Column("resolution_s", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("label", String(100), primary_key=True),
    Column("answers", Integer, nullable=False),
    sqlite_with_rowid=False,
)
latency_counts = Table(
    "latency_counts",
    FORMER,
    Column("resolution_s", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("bin", Integer, primary_key=True, autoincrement=False),
    Column("answers", Integer, nullable=False),
    sqlite_with_rowid=False,
)
feedback = Table(
    "feedback",
    FORMER,
    Column("number", Integer, primary_key=True),
    Column("prediction_id", String(32), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("label", String(100), nullable=False),
    Column("remark", Text, nullable=False),
    Column("given_by", String(100)),
    Column("sample", String(64)),
)

samples = Table(
    "samples",
    FORMER,
    Column("sha256", String(64), primary_key=True),
    Column("label", String(100), nullable=False, index=True),
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
Index("newest_samples", samples.c.created_at, samples.c.sha256)
for _name in ("label", "part", "source", "origin"):
    Index(f"newest_by_{_name}", samples.c[_name], samples.c.created_at, samples.c.sha256)
_DISPUTED = samples.c.disputed.is_not(None)
for _name, _columns in (
    ("newest_disputed", (samples.c.created_at, samples.c.sha256)),
    ("disputed_by_label", (samples.c.label, samples.c.disputed)),
):
    Index(_name, *_columns, sqlite_where=_DISPUTED, postgresql_where=_DISPUTED)
sample_sums = Table(
    "sample_sums",
    FORMER,
    Column("label", String(100), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("disputed", Integer, nullable=False),
    Column("brightness", BigInteger, nullable=False),
    Column("edge_density", BigInteger, nullable=False),
    Column("histogram", JSON, nullable=False),
)
sample_sums_state = Table(
    "sample_sums_state",
    FORMER,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("changes_to", Integer, nullable=False),
)
sample_changes = Table(
    "sample_changes",
    FORMER,
    Column("number", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("what", String(20), nullable=False),
    Column("before", String(100)),
    Column("after", String(100)),
    Column("remark", Text, nullable=False),
    Column("changed_by", String(100)),
    Column("part", String(10)),
    Column("near_hash", LargeBinary),
)

jobs = Table(
    "jobs",
    FORMER,
    Column("id", String(32), primary_key=True),
    Column("task", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("phase", String(40), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("eta_seconds", Float),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("heartbeat_at", Float),
    Column("finished_at", Float),
    Column("parent", String(32)),
    Column("version", String(32)),
    Column("samples", JSON, nullable=False),
    Column("history", JSON, nullable=False),
    Column("verdict", JSON),
    Column("reason", Text),
    Column("host", String(200)),
    Column("pid", Integer),
    Column("restarts", Integer),
    Column("cause", Text),
    Column("paused", Text),
    Column("paused_seconds", Float),
)


def _at_most_one(name: str, condition: str) -> Index:
    """Of a task: the database itself keeps a second one out, whichever worker is asked."""
    where = text(condition)
    return Index(name, jobs.c.task, unique=True, sqlite_where=where, postgresql_where=where)


_at_most_one("one_active_job", "state IN ('queued', 'running')")
_at_most_one("one_waiting_job", "state = 'waiting'")
Index("jobs_by_state", jobs.c.task, jobs.c.state)
Index("newest_jobs", jobs.c.task, jobs.c.created_at)
Index("jobs_by_version", jobs.c.task, jobs.c.version, jobs.c.created_at)
Index("last_finished_jobs", jobs.c.task, jobs.c.finished_at)

failures = Table(
    "failures",
    FORMER,
    Column("number", Integer, primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("status", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("request_id", String(64), nullable=False),
)

workers = Table(
    "workers",
    FORMER,
    Column("id", String(32), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
    Column("model_version", String(32)),
    Column("precision", String(8)),
    Column("waiting", Integer),
    Column("films_per_s", Float),
    Column("p99_ms", Float),
    Column("decoder_crashes", Integer),
    Column("decoder_timeouts", Integer),
    Column("process_restarts", Integer),
)


def upgrade() -> None:
    """Create tables that are missing, then columns and indexes of those that were there."""
    connection = op.get_bind()
    FORMER.create_all(connection)
    for table in FORMER.sorted_tables:
        _add_columns(connection, table)
        _add_indexes(connection, table)


def _add_columns(connection: Connection, table: Table) -> None:
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in present:
            if not column.nullable:
                raise StorageFailed(
                    f"The table '{table.name}' of the database is not Roentgen's (it has no column "
                    f"'{column.name}'); let ROENTGEN_DATABASE_URL name a database of its own."
                )
            kind = column.type.compile(connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}")


def _add_indexes(connection: Connection, table: Table) -> None:
    present = {index["name"] for index in inspect(connection).get_indexes(table.name)}
    for index in table.indexes:
        if index.name not in present:
            connection.execute(CreateIndex(index, if_not_exists=True))
