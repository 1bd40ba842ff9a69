"""The tables, and how a database is opened."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Dialect,
    Engine,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateIndex

from api.errors import StorageFailed, StoreBusy
from api.files import storage_errors

ACTIVE_STATES = ("queued", "running")
# Until the active one has ended.
WAITING = "waiting"
FULL_DISK_SIGNS = ("disk is full", "readonly database", "read-only", "disk i/o error")


class Moment(TypeDecorator[datetime]):
    """A point in time as seconds since 1970 UTC: sorts, compares and subtracts everywhere."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


metadata = MetaData()

predictions = Table(
    "predictions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False, index=True),
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
    # (rows, columns, classes) float16; what a heat map is drawn from.
    Column("activation", LargeBinary),
    Column("total_ms", Float, nullable=False),
)

# Append-only: what people say about answers.
feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("prediction_id", String(32), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("label", String(100), nullable=False),
    Column("remark", Text, nullable=False),
    Column("given_by", String(100)),
    # SHA-256 of the sample that came of it; null: the film was not kept, or it could not be one.
    Column("sample", String(64)),
)

samples = Table(
    "samples",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("label", String(100), nullable=False, index=True),
    Column("filename", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
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
    # 256 bits, see `inputs.near`; null: not yet computed.
    Column("near_hash", LargeBinary),
    # The other class that somebody gave the same picture; null: nobody did.
    Column("disputed", String(100)),
)

# Append-only: what became of a sample after it was stored, and why.
sample_changes = Table(
    "sample_changes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("what", String(20), nullable=False),
    Column("before", String(100)),
    Column("after", String(100)),
    Column("remark", Text, nullable=False),
    Column("changed_by", String(100)),
    # The side of the hold-out that a deleted sample was on.
    Column("part", String(10)),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("task", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("phase", String(40), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("eta_seconds", Float),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("heartbeat_at", Moment),
    Column("finished_at", Moment),
    Column("parent", String(32)),
    Column("version", String(32)),
    Column("samples", JSON, nullable=False),
    Column("history", JSON, nullable=False),
    Column("verdict", JSON),
    Column("reason", Text),
    Column("host", String(200)),
    Column("pid", Integer),
    # How often its trainer was lost and another one started; null: never.
    Column("restarts", Integer),
    # Why it began; null: from before this was kept.
    Column("cause", Text),
    # Why its trainer stands still at the moment; null: it does not. How long it did in all.
    Column("paused", Text),
    Column("paused_seconds", Float),
)
# The database itself keeps a second job from starting, whichever worker is asked.
Index(
    "one_active_job",
    jobs.c.task,
    unique=True,
    sqlite_where=text("state IN ('queued', 'running')"),
    postgresql_where=text("state IN ('queued', 'running')"),
)
# And a second one from waiting.
Index(
    "one_waiting_job",
    jobs.c.task,
    unique=True,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)

failures = Table(
    "failures",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("status", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("request_id", String(64), nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("heartbeat_at", Moment, nullable=False),
    Column("model_version", String(32)),
    Column("precision", String(8)),
    # Films that wait for a compute thread, and how many a second get done.
    Column("waiting", Integer),
    Column("films_per_s", Float),
    # Of the films answered lately, milliseconds; null: too few.
    Column("p99_ms", Float),
)


def now() -> datetime:
    """The current time, UTC."""
    return datetime.now(UTC)


def open_database(url: str, *, timeout_s: float) -> Engine:
    """Connect, and create the tables, columns and indexes that are missing.

    SQLite runs in WAL mode: readers and one writer, in any number of processes, do not wait for
    each other, and a killed process leaves a sound file.

    Raises: StorageFailed, StoreBusy.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        metadata.create_all(engine)
        _add_missing_columns(engine)
        _add_missing_indexes(engine)
        return engine
    path = Path(parsed.database or "roentgen.db")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": timeout_s}, pool_size=20, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    # Two workers that start at once would both create the tables.
    with storage_errors(path), database_errors(), FileLock(f"{path}.lock"):
        metadata.create_all(engine)
        _add_missing_columns(engine)
        _add_missing_indexes(engine)
    return engine


def _add_missing_columns(engine: Engine) -> None:
    """Bring a database of an earlier version up to date; only columns that may be empty are new."""
    existing = inspect(engine)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in existing.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                kind = column.type.compile(engine.dialect)
                with engine.begin() as connection:
                    connection.exec_driver_sql(
                        f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"
                    )


def _add_missing_indexes(engine: Engine) -> None:
    existing = inspect(engine)
    for table in metadata.sorted_tables:
        present = {index["name"] for index in existing.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in present:
                with engine.begin() as connection:
                    connection.execute(CreateIndex(index, if_not_exists=True))


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction; committed at the end, or nothing of it is kept.

    Raises: StoreBusy when another process holds the database too long, StorageFailed when the
    disk is full or read-only, or the database damaged.
    """
    with database_errors(), engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Take the write lock first: upgrading later fails at once instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for queries. Raises: StoreBusy, StorageFailed."""
    with database_errors(), engine.connect() as connection:
        yield connection


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Translate a database's refusal into a sentence for people."""
    try:
        yield
    except PoolTimeout as exc:
        raise StoreBusy("Too many requests wait for the records; try again in a moment.") from exc
    except (IntegrityError, DataError):
        # It is this row that does not fit; the database is well.
        raise
    except DatabaseError as exc:
        # The lines after the first quote the statement.
        reason = str(exc.orig).partition("\n")[0].lower()
        if any(sign in reason for sign in FULL_DISK_SIGNS):
            raise StorageFailed(
                f"The records could not be written ({reason}); nothing was stored. "
                "Free some space or fix the folder's permissions, then try again."
            ) from exc
        if "locked" in reason or "unable to open" in reason or exc.connection_invalidated:
            raise StoreBusy(
                f"The records cannot be reached right now ({reason}); try again in a moment."
            ) from exc
        raise StorageFailed(
            f"The records are damaged or incomplete ({reason}); nothing was stored. "
            "Whoever runs this service has to restore them."
        ) from exc


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun by `writing`, not by the driver's guess.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA wal_autocheckpoint=1000")
    cursor.close()
