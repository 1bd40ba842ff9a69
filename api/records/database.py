"""How the records are opened, read and written, and what their refusals mean."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateIndex

from api.errors import StorageFailed, StoreBusy
from api.files import make_folder, storage_errors, sync_folder
from api.records.database_file import DatabaseFile
from api.records.statistics import counters, sample_sums
from api.records.tables import metadata

# The option of an engine under which the identity of its SQLite file is found.
FILE = "roentgen_database_file"
FULL_DISK_SIGNS = ("disk is full", "readonly database", "read-only", "disk i/o error")


def open_database(url: str, *, timeout_s: float) -> Engine:
    """Connect, and create the tables, columns and indexes that are missing.

    SQLite runs in WAL mode: readers and one writer, in any number of processes, do not wait for
    each other, and a killed process leaves a sound file.

    Raises: StorageFailed, StoreBusy.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        _add_what_is_missing(engine)
        return engine
    path = Path(parsed.database or "roentgen.db")
    with storage_errors(path):
        make_folder(path.absolute().parent)
    file = DatabaseFile(path, timeout_s=timeout_s)
    engine = create_engine(
        parsed,
        connect_args={"timeout": timeout_s},
        pool_size=20,
        hide_parameters=True,
        execution_options={FILE: file},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    # Two workers that start at once would both create the tables.
    with storage_errors(path), database_errors(), FileLock(f"{path}.lock"):
        _add_what_is_missing(engine)
        with _sqlite_errors():
            file.open()
        sync_folder(path.parent)
    event.listen(engine, "do_connect", _refuses_another(file))
    event.listen(engine, "engine_disposed", lambda _: file.close())
    return engine


def check_file(engine: Engine) -> None:
    """Whether what is committed now is in the file that the path of the records names.

    Raises: StorageFailed if that was removed or replaced.
    """
    file: DatabaseFile | None = engine.get_execution_options().get(FILE)
    if file is not None:
        file.check()


def _refuses_another(file: DatabaseFile) -> Callable[..., None]:
    """A new connection would create what is missing, and answers would go there."""

    def before_connecting(*_: Any) -> None:
        with _sqlite_errors():
            file.open()
        file.check()

    return before_connecting


@contextlib.contextmanager
def _sqlite_errors() -> Iterator[None]:
    """What SQLAlchemy does with errors of its own connections."""
    try:
        yield
    except sqlite3.Error as exc:
        raise DatabaseError(None, None, exc) from exc


def _add_what_is_missing(engine: Engine) -> None:
    metadata.create_all(engine)
    _add_missing_columns(engine)
    _add_missing_indexes(engine)
    _count_what_is_uncounted(engine)


def _count_what_is_uncounted(engine: Engine) -> None:
    """Bring up to date what is counted beside the rows: an earlier version did not count."""
    with engine.connect() as connection:
        predictions_are_behind = counters.is_behind(connection)
        samples_are_behind = sample_sums.is_behind(connection)
    if predictions_are_behind:
        with writing(engine) as connection:
            counters.note_uncounted(connection)
    if samples_are_behind:
        with writing(engine) as connection:
            sample_sums.rebuild(connection)


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
    disk is full or read-only, or the database damaged, removed or replaced.
    """
    check_file(engine)
    with database_errors(), engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Take the write lock first: upgrading later fails at once instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
    # Once more: only what is in the file that the path names now is kept.
    check_file(engine)


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for queries. Raises: StoreBusy, StorageFailed."""
    with database_errors(), engine.connect() as connection:
        yield connection


@contextlib.contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose queries all see the same state. Raises: StoreBusy, StorageFailed."""
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
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
    if not cursor.execute("PRAGMA page_count").fetchone()[0]:
        # So that it can get smaller; it must come before anything is written.
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    cursor.execute("PRAGMA journal_mode=WAL")
    # Each commit is on the disk before it is acknowledged, also if the power goes a moment later.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA wal_autocheckpoint=1000")
    cursor.close()
