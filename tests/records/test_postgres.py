"""Records in PostgreSQL: several servers, one that restarts, and what its refusals become."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from api.errors import AppError, StorageFailed, StoreBusy
from api.records.alerting.alerts import read_all
from api.records.answers import predictions
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.database import open_database, read_revision, reading, snapshot, writing
from api.records.locks import DatabaseLock, held
from api.records.migrations.revisions import NEWEST, TABLE
from api.records.migrations.upgrade import upgrade
from api.records.postgres import AdvisoryLock, key_of
from api.records.retrainings import jobs
from tests.records import stored_predictions
from tests.support.databases import postgres
from tests.support.postgres import PostgresServer, programs, standby_of

TASK = "pneumonia"
pytestmark = pytest.mark.skipif(
    programs() is None and not os.environ.get("CI"), reason="PostgreSQL is not installed"
)


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return postgres()


@pytest.fixture(scope="module")
def url(server: PostgresServer) -> Iterator[str]:
    """A database with the tables, of this file's tests."""
    url = server.create()
    open_database(url, timeout_s=5).dispose()
    yield url
    server.drop(url)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_database(url, timeout_s=2)
    yield engine
    engine.dispose()


class TestOpening:
    def test_servers_that_start_at_once_make_the_tables_once(self, server: PostgresServer) -> None:
        url = server.create()
        assert read_revision(url, timeout_s=2) is None

        with ThreadPoolExecutor(4) as pool:
            engines = list(pool.map(lambda _: open_database(url, timeout_s=10), range(4)))

        with reading(engines[0]) as connection:
            assert connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalars().all() == [
                NEWEST
            ]
        assert audit.head(engines[0]).number == 0
        for engine in engines:
            engine.dispose()
        server.drop(url)

    def test_revisions_give_what_a_new_database_has(
        self, server: PostgresServer, engine: Engine
    ) -> None:
        """Each one ran on PostgreSQL, from the tables of the first release with tasks on."""
        url = server.create()
        upgraded = _made_by_revisions(url)

        assert _shape(upgraded) == _shape(engine)
        upgraded.dispose()
        server.drop(url)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda url: url.replace("@/t", "@/x"), "ROENTGEN_DATABASE_URL stands for"),
            (lambda url: url.replace("postgres@", "nobody@"), "ROENTGEN_DATABASE_URL stands for"),
        ],
    )
    def test_who_is_not_let_in_is_told(
        self, url: str, change: Callable[[str], str], words: str
    ) -> None:
        with pytest.raises(AppError, match=words):
            open_database(change(url), timeout_s=1)

    def test_where_nobody_listens_it_is_busy(self, url: str) -> None:
        with pytest.raises(StoreBusy, match="cannot be reached"):
            open_database(url.replace("roentgen-pg-", "roentgen-no-"), timeout_s=1)


def test_no_query_is_compiled_before_it_is_answered(engine: Engine) -> None:
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SHOW jit").scalar_one() == "off"


class TestWriting:
    def test_one_writer_at_a_time(self, engine: Engine) -> None:
        """What is read before a change is still so when it is written, as with SQLite."""
        begun, order = threading.Event(), []

        def second() -> None:
            begun.wait(5)
            with writing(engine):
                order.append("second")

        other = threading.Thread(target=second)
        other.start()
        with writing(engine) as connection:
            begun.set()
            connection.execute(text("SELECT pg_sleep(0.2)"))
            order.append("first")
        other.join(5)

        assert order == ["first", "second"]

    def test_who_waits_too_long_is_told_that_it_is_busy(self, url: str, engine: Engine) -> None:
        impatient = open_database(url, timeout_s=0.1)
        with (
            writing(engine),
            pytest.raises(StoreBusy, match="try again"),
            writing(impatient),
        ):
            pass
        impatient.dispose()

    def test_no_connection_left_is_busy(self, url: str) -> None:
        small = open_database(url, timeout_s=0.1)
        held_open = [small.connect() for _ in range(30)]

        with pytest.raises(StoreBusy, match="Too many requests wait"):
            read_all(small)

        for connection in held_open:
            connection.close()
        assert isinstance(read_all(small), dict)
        small.dispose()

    def test_a_standby_takes_nothing_and_no_connection_to_it_is_kept(self, url: str) -> None:
        engine = open_database(url, timeout_s=2)
        left = [engine.connect() for _ in range(3)]
        for connection in left:
            # As a server answers that has become a standby.
            connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            connection.commit()
        for connection in left:
            connection.close()

        with pytest.raises(StoreBusy, match=r"is a standby .*target_session_attrs=read-write"):
            audit.append(engine, AuditEntry("ann", "label", "refused"))

        for number in range(3):
            audit.append(engine, AuditEntry("ann", "label", f"after {number}"))
        engine.dispose()

    def test_a_row_that_does_not_fit_is_no_trouble_of_the_databases(self, engine: Engine) -> None:
        with pytest.raises(IntegrityError, match="append-only"), writing(engine) as connection:
            connection.execute(text("TRUNCATE audit"))

    def test_the_chain_holds_with_several_writers(self, url: str, engine: Engine) -> None:
        before, other = audit.head(engine).number, open_database(url, timeout_s=10)

        def write(number: int) -> None:
            audit.append((engine, other)[number % 2], AuditEntry("ann", "label", str(number)))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(write, range(30)))

        assert audit.head(engine).number == before + 30
        assert audit.check(engine) is None
        other.dispose()

    def test_a_snapshot_sees_one_state(self, engine: Engine) -> None:
        record = stored_predictions.record(7)
        with snapshot(engine) as connection:
            count = text("SELECT count(*) FROM predictions")
            before = connection.execute(count).scalar_one()
            predictions.add_all(engine, [(record, None)], task=TASK)
            assert connection.execute(count).scalar_one() == before
        with snapshot(engine) as connection:
            assert connection.execute(count).scalar_one() == before + 1

    def test_one_job_at_a_time(self, url: str, engine: Engine) -> None:
        def begin(number: int) -> bool:
            try:
                jobs.create(engine, job_id=f"job-{number}", task=TASK, samples={})
            except AppError:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(begin, range(4))) == 1


class TestLocks:
    def test_one_has_it_until_it_lets_go(self, url: str, engine: Engine) -> None:
        other = open_database(url, timeout_s=2)
        first, second = DatabaseLock(engine, "alerts.lock"), DatabaseLock(other, "alerts.lock")

        assert [first.acquire(), second.acquire(), first.acquire()] == [True, False, True]
        first.release()
        assert [second.acquire(), first.acquire()] == [True, False]
        second.release()
        other.dispose()

    def test_whoever_is_cut_off_has_it_no_more(self, engine: Engine) -> None:
        lock, other = AdvisoryLock(engine, "x"), AdvisoryLock(engine, "x")
        assert lock.acquire()
        with engine.connect() as connection:
            mine = (
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
            )
            connection.exec_driver_sql(mine)

        assert other.acquire()
        assert not lock.acquire()
        other.release()

    def test_names_have_locks_of_their_own(self, engine: Engine, tmp_path: object) -> None:
        from pathlib import Path

        with held(engine, Path("a.lock")) as a, held(engine, Path("b.lock")) as b:
            assert (a, b) == (True, True)
        assert len({key_of(name) for name in ("a", "b", "upgrade")}) == 3


class TestARestart:
    def test_it_goes_on_and_nothing_acknowledged_is_lost(
        self, server: PostgresServer, url: str, engine: Engine
    ) -> None:
        kept: list[str] = []
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    audit.append(engine, AuditEntry("ann", "label", f"restart {number}"))
                except (StoreBusy, StorageFailed):
                    continue
                kept.append(f"restart {number}")

        writer = threading.Thread(target=write)
        writer.start()
        while len(kept) < 5:
            stop.wait(0.01)
        server.stop(mode="immediate")
        with pytest.raises(StoreBusy):
            audit.head(engine)
        server.start()
        known = len(kept)
        while len(kept) < known + 5:
            stop.wait(0.01)
        stop.set()
        writer.join(10)

        stored = {entry.entry.object for entry in audit.page(engine, limit=10_000)}
        assert set(kept) <= stored
        assert audit.check(engine) is None


class TestAFailover:
    def test_writes_go_on_at_the_server_that_takes_the_place_of_another(
        self, server: PostgresServer, url: str
    ) -> None:
        with standby_of(server) as standby:
            hosts = f"{standby.folder},{server.folder}"
            both = url.replace(str(server.folder), hosts) + "&target_session_attrs=read-write"
            engine = open_database(both, timeout_s=2)
            audit.append(engine, AuditEntry("ann", "label", "before"))
            # It waits until its standby has everything.
            server.stop()
            try:
                with pytest.raises(StoreBusy):
                    audit.append(engine, AuditEntry("ann", "label", "meanwhile"))
                standby.promote()

                audit.append(engine, AuditEntry("ann", "label", "after"))

                newest = [entry.entry.object for entry in audit.page(engine, limit=2)]
                assert newest == ["after", "before"]
                assert audit.check(engine) is None
            finally:
                engine.dispose()
                server.start()


def _made_by_revisions(url: str) -> Engine:
    """A database as the first release with revisions made it, brought up to date."""
    from sqlalchemy import make_url

    from api.records.migrations.versions.r0001_to_r0010 import r0001_before_tasks as first
    from api.records.postgres import open_engine

    engine = open_engine(make_url(url), timeout_s=10)
    with engine.begin() as connection:
        first.FORMER.create_all(connection)
    upgrade(engine, former_task=TASK, file=None)
    return engine


def _shape(engine: Engine) -> dict[str, object]:
    """Tables with their columns, keys and indices."""
    found = inspect(engine)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)),
            found.get_pk_constraint(table)["constrained_columns"],
            sorted(
                (str(i["name"]), i["column_names"], i["unique"]) for i in found.get_indexes(table)
            ),
        )
        for table in found.get_table_names()
    }
