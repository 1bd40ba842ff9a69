"""How the records are opened, read and written, and what their refusals mean."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from api.errors import StorageFailed
from api.files import make_folder, storage_errors, sync_folder
from api.records import postgres
from api.records.database_errors import database_errors
from api.records.database_file import DatabaseFile
from api.records.migrations.revisions import revision_of
from api.records.migrations.upgrade import Upgrade, upgrade
from api.records.postgres import AdvisoryLock
from api.records.statistics import counters, sample_sums
from api.records.tables import DEFAULT_TASK
from api.records.transactions import write_transaction

# The option of an engine under which the identity of its SQLite file is found.
FILE = "roentgen_database_file"
DEFAULT_FILE = "roentgen.db"
# How long emptying the log may keep others from writing.
LOG_WAIT_MS = 100


def open_database(
    url: str, *, timeout_s: float, task: str = DEFAULT_TASK, for_requests: bool = False
) -> Engine:
    """Connect; make the tables of a new database, or bring those of a former version up to date.

    SQLite runs in WAL mode: readers and one writer, in any number of processes, do not wait for
    each other, and a killed process leaves a sound file. PostgreSQL is for several machines.

    Args:
        task: the one that is served; rows from before rows had one are of it.
        for_requests: somebody waits for each statement: PostgreSQL ends those that take long, and
            one that says nothing is left. Making and upgrading the tables takes what it takes.

    Raises: StorageFailed, also where a newer version wrote the records; StoreBusy.
    """
    engine = _open(url, timeout_s, task)[0]
    if not for_requests or engine.dialect.name != "postgresql":
        return engine
    engine.dispose()
    return postgres.open_engine(_parsed(url), timeout_s=timeout_s, for_requests=True)


def make_current(url: str, *, timeout_s: float, task: str) -> Upgrade | None:
    """What opening does to the schema; None if it was current. Raises: StorageFailed, StoreBusy."""
    engine, upgraded = _open(url, timeout_s, task)
    engine.dispose()
    return upgraded


def read_revision(url: str, *, timeout_s: float) -> str | None:
    """The revision of the schema, without changing anything; None if there are no tables.

    Raises: StorageFailed, StoreBusy.
    """
    parsed = _parsed(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    path = Path(parsed.database or DEFAULT_FILE)
    with storage_errors(path):
        if is_sqlite and not path.exists():
            return None
    arguments = {"timeout": timeout_s} if is_sqlite else {}
    engine = (
        create_engine(parsed, connect_args=arguments, hide_parameters=True)
        if is_sqlite
        else _open_server(parsed, timeout_s)
    )
    try:
        with reading(engine) as connection:
            return revision_of(connection)
    finally:
        engine.dispose()


def _parsed(url: str) -> URL:
    """Raises: StorageFailed if it names no database whose driver is installed."""
    try:
        parsed = make_url(url)
        parsed.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as exc:
        # The URL may hold a password, so it is not repeated.
        raise StorageFailed(
            "ROENTGEN_DATABASE_URL does not name a database that can be opened here; write it like "
            "sqlite:////var/lib/roentgen/roentgen.db, or postgresql+psycopg://user@host/name with "
            "its driver installed (pip install 'psycopg[binary]')."
        ) from exc
    return parsed


def _open(url: str, timeout_s: float, task: str) -> tuple[Engine, Upgrade | None]:
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        engine = _open_server(parsed, timeout_s)
        try:
            with database_errors(), _only_one(engine):
                return engine, _prepare(engine, task, file=None)
        except BaseException:
            engine.dispose()
            raise
    path = Path(parsed.database or DEFAULT_FILE)
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
    try:
        # Two workers that start at once would both create or upgrade the tables.
        with storage_errors(path), database_errors(), FileLock(f"{path}.lock"), _sqlite_errors():
            upgraded = _prepare(engine, task, file=path)
            file.open()
            sync_folder(path.parent)
    except BaseException:
        engine.dispose()
        raise
    event.listen(engine, "do_connect", _refuses_another(file))
    event.listen(engine, "engine_disposed", lambda _: file.close())
    return engine, upgraded


def _open_server(url: URL, timeout_s: float) -> Engine:
    if url.get_backend_name() == "postgresql":
        return postgres.open_engine(url, timeout_s=timeout_s)
    return create_engine(url, pool_pre_ping=True, hide_parameters=True)


@contextlib.contextmanager
def _only_one(engine: Engine) -> Iterator[None]:
    """However many servers start at once, one after the other makes or upgrades the tables."""
    if engine.dialect.name != "postgresql":
        yield
        return
    lock = AdvisoryLock(engine, "upgrade")
    lock.wait()
    try:
        yield
    finally:
        lock.release()


def _prepare(engine: Engine, task: str, *, file: Path | None) -> Upgrade | None:
    upgraded = upgrade(engine, former_task=task, file=file)
    _count_what_is_uncounted(engine, task)
    return upgraded


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


def _count_what_is_uncounted(engine: Engine, task: str) -> None:
    """Bring up to date what is counted beside the rows: an earlier version did not count."""
    with engine.connect() as connection:
        without_counts = counters.tasks_behind(connection, task)
        without_sums = sample_sums.tasks_behind(connection, task)
    for behind in without_counts:
        with writing(engine) as connection:
            counters.note_uncounted(connection, task=behind)
    for behind in without_sums:
        with writing(engine) as connection:
            sample_sums.rebuild(connection, task=behind)


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction; committed at the end, or nothing of it is kept.

    Raises: StoreBusy when another process holds the database too long, StorageFailed when the
    disk is full or read-only, or the database damaged, removed or replaced.
    """
    check_file(engine)
    with database_errors(), write_transaction(engine) as connection:
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
        else:
            yield connection.execution_options(isolation_level="REPEATABLE READ")


def empty_log(engine: Engine) -> bool:
    """Write SQLite's log into the database and cut it to nothing: what was changed or deleted is
    still in it. False if somebody else reads or writes just now; try again later.

    Nobody waits for it longer than a tenth of a second. Other databases keep their logs their way.

    Raises: StoreBusy, StorageFailed.
    """
    if engine.dialect.name != "sqlite":
        return True
    with reading(engine) as connection:
        usual_ms = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        try:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={LOG_WAIT_MS}")
            row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(usual_ms)}")
    return not row[0]


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
    # What is deleted or overwritten is zeroed in the file, not only marked as free.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
