"""Opening a database, and what its refusals are called."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from api.errors import StorageFailed, StoreBusy
from api.records import failures, jobs
from api.records.failures import FailureRecord
from api.records.tables import database_errors, open_database, reading, writing
from tests.full_disk import full_disk
from tests.locked import locked


class TestOpening:
    def test_folder_and_file_are_made(self, tmp_path: Path) -> None:
        engine = open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'r.db'}", timeout_s=1)

        assert jobs.newest(engine, "pneumonia") == []
        engine.dispose()

    def test_several_workers_may_open_it_at_once(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'r.db'}"

        with ThreadPoolExecutor(4) as pool:
            engines = list(pool.map(lambda _: open_database(url, timeout_s=5), range(4)))

        for engine in engines:
            assert jobs.newest(engine, "pneumonia") == []
            engine.dispose()

    def test_what_was_written_is_there_after_reopening(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'r.db'}"
        engine = open_database(url, timeout_s=1)
        jobs.create(engine, job_id="one", task="pneumonia", samples={})
        engine.dispose()

        again = open_database(url, timeout_s=1)

        assert jobs.get(again, "one").state == "queued"
        again.dispose()

    def test_readers_do_not_wait_for_a_writer(self, database: Engine) -> None:
        with writing(database) as connection:
            connection.execute(text("DELETE FROM jobs"))

            assert jobs.newest(database, "pneumonia") == []

    @pytest.mark.parametrize("in_the_way", ["folder", "lock"])
    def test_a_place_that_cannot_be_used_is_a_storage_error(
        self, tmp_path: Path, in_the_way: str
    ) -> None:
        if in_the_way == "folder":
            (tmp_path / "state").write_bytes(b"")
        else:
            (tmp_path / "state" / "r.db.lock").mkdir(parents=True)

        with pytest.raises(StorageFailed):
            open_database(f"sqlite:///{tmp_path / 'state' / 'r.db'}", timeout_s=1)


class TestTransactions:
    def test_an_error_takes_everything_back(self, database: Engine) -> None:
        def broken() -> None:
            with writing(database) as connection:
                connection.execute(text("INSERT INTO workers VALUES ('a', 'h', 1, 0, 0, NULL)"))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            broken()

        with reading(database) as connection:
            assert connection.execute(text("SELECT count(*) FROM workers")).scalar_one() == 0

    def test_a_moment_is_read_back_as_it_was(self, database: Engine) -> None:
        moment = datetime(2026, 3, 4, 5, 6, 7, 250_000, tzinfo=UTC)
        record = FailureRecord(moment, 500, "t", "d", "p", "r")

        failures.add(database, record)

        assert failures.since(database, moment, limit=1) == [record]


class TestTrouble:
    def test_a_locked_database_is_busy_not_broken(self, database: Engine) -> None:
        with locked(database), pytest.raises(StoreBusy, match=r"locked.*try again"):
            jobs.create(database, job_id="one", task="pneumonia", samples={})

        jobs.create(database, job_id="one", task="pneumonia", samples={})

    def test_a_full_disk_keeps_nothing_and_the_file_stays_sound(self, database: Engine) -> None:
        with full_disk(), pytest.raises(StorageFailed, match="Free some space"):
            jobs.create(database, job_id="one", task="pneumonia", samples={"x" * 100_000: 1})

        assert jobs.newest(database, "pneumonia") == []
        jobs.create(database, job_id="two", task="pneumonia", samples={})

    @pytest.mark.parametrize(
        ("reason", "expected"),
        [
            ("database or disk is full", StorageFailed),
            ("attempt to write a readonly database", StorageFailed),
            ("disk I/O error", StorageFailed),
            ("database is locked", StoreBusy),
            ("database table is locked: jobs", StoreBusy),
            ("unable to open database file", StoreBusy),
        ],
    )
    def test_a_databases_words_are_translated(self, reason: str, expected: type[Exception]) -> None:
        with pytest.raises(expected), database_errors():
            raise DatabaseError("INSERT", {}, sqlite3.OperationalError(reason))

    def test_what_is_not_known_stays_what_it_is(self) -> None:
        with pytest.raises(DatabaseError), database_errors():
            raise DatabaseError("INSERT", {}, sqlite3.OperationalError("no such table: x"))
