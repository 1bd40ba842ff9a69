"""Opening a database, and what its refusals are called."""

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError

from api.clock import now
from api.errors import JobAlreadyRunning, StorageFailed, StoreBusy
from api.records.answers import predictions
from api.records.database import open_database, reading, writing
from api.records.database_errors import database_errors
from api.records.retrainings import jobs
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.tables import metadata
from api.records.tables import workers as table
from tests.support.damaged_database import damage_table
from tests.support.databases import only_sqlite
from tests.support.full_disk import full_disk
from tests.support.locked_database import locked


class TestOpening:
    def test_folder_and_file_are_made(self, tmp_path: Path) -> None:
        engine = open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'r.db'}", timeout_s=1)

        assert jobs.newest(engine, task="pneumonia") == []
        engine.dispose()

    def test_several_workers_may_open_it_at_once(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'r.db'}"

        with ThreadPoolExecutor(4) as pool:
            engines = list(pool.map(lambda _: open_database(url, timeout_s=5), range(4)))

        for engine in engines:
            assert jobs.newest(engine, task="pneumonia") == []
            engine.dispose()

    def test_what_was_written_is_there_after_reopening(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'r.db'}"
        engine = open_database(url, timeout_s=1)
        jobs.create(engine, job_id="one", task="pneumonia", samples={})
        engine.dispose()

        again = open_database(url, timeout_s=1)

        assert jobs.get(again, "one", task="pneumonia").state == "queued"
        again.dispose()

    def test_readers_do_not_wait_for_a_writer(self, database: Engine) -> None:
        with writing(database) as connection:
            connection.execute(text("DELETE FROM jobs"))

            assert jobs.newest(database, task="pneumonia") == []

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


class TestAnEarlierVersionsFile:
    """The table of answers as version 0.1.0 made it, with one answer in it."""

    TABLE = """
        CREATE TABLE predictions (
            number INTEGER NOT NULL, id VARCHAR(32) NOT NULL, created_at FLOAT NOT NULL,
            filename TEXT NOT NULL, image_sha256 VARCHAR(64) NOT NULL,
            model_version VARCHAR(32) NOT NULL, label VARCHAR(100) NOT NULL,
            confidence FLOAT NOT NULL, probabilities JSON NOT NULL, score FLOAT NOT NULL,
            decision VARCHAR(20) NOT NULL, reasons JSON NOT NULL, timings JSON NOT NULL,
            total_ms FLOAT NOT NULL, PRIMARY KEY (number), UNIQUE (id)
        )
    """
    ROW = (
        1, "old", 1767225600.0, "a.png", "0" * 64, "v1", "Normal", 0.75,
        '{"Normal": 0.75, "COVID-19": 0.25}', 0.25, "negative", '["because"]',
        '{"total_ms": 3.5}', 3.5,
    )  # fmt: skip

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        with contextlib.closing(sqlite3.connect(tmp_path / "r.db")) as connection, connection:
            connection.execute(self.TABLE)
            connection.execute(f"INSERT INTO predictions VALUES ({', '.join('?' * 14)})", self.ROW)
        return f"sqlite:///{tmp_path / 'r.db'}"

    def test_its_answers_are_kept_and_lack_what_was_not_known_then(self, url: str) -> None:
        engine = open_database(url, timeout_s=1)

        old = predictions.get(engine, "old", task="pneumonia")

        assert (old.label, old.score, old.reasons) == ("Normal", 0.25, ("because",))
        assert old.created_at == datetime(2026, 1, 1, tzinfo=UTC)
        assert old.causes == ()
        for name in ("operating_point", "threshold", "prevalence", "ppv", "npv", "unlikeness"):
            assert getattr(old, name) is None
        assert predictions.activation_of(engine, "old", task="pneumonia") is None
        engine.dispose()

    def test_new_answers_are_kept_whole_beside_them(self, url: str) -> None:
        engine = open_database(url, timeout_s=1)
        new = replace(
            predictions.get(engine, "old", task="pneumonia"),
            id="new",
            causes=("unlike",),
            operating_point="confirm",
            threshold=0.7,
            prevalence=0.1,
            ppv=0.5,
            npv=0.9,
            unlikeness=2.5,
        )
        activation = np.ones((7, 7, 4), dtype=np.float32)

        predictions.add_all(engine, [(new, activation)], task="pneumonia")

        assert predictions.get(engine, "new", task="pneumonia") == new
        stored = predictions.activation_of(engine, "new", task="pneumonia")
        assert stored is not None
        assert np.array_equal(stored, activation)
        found = predictions.newest(engine, limit=9, before=None, task="pneumonia")
        assert [row.id for row in found] == ["new", "old"]
        engine.dispose()

    def test_it_has_every_column_then_and_may_be_opened_again_and_by_several(
        self, url: str
    ) -> None:
        with ThreadPoolExecutor(3) as pool:
            engines = list(pool.map(lambda _: open_database(url, timeout_s=5), range(3)))
        engines.append(open_database(url, timeout_s=1))

        for engine in engines:
            present = {column["name"] for column in inspect(engine).get_columns("predictions")}
            assert present == set(metadata.tables["predictions"].columns.keys())
            assert predictions.count(engine, task="pneumonia") == 1
            engine.dispose()

    def test_the_earlier_version_may_still_write_to_it(self, url: str, tmp_path: Path) -> None:
        open_database(url, timeout_s=1).dispose()
        names = "number, id, created_at, filename, image_sha256, model_version, label, confidence"
        names += ", probabilities, score, decision, reasons, timings, total_ms"

        with contextlib.closing(sqlite3.connect(tmp_path / "r.db")) as connection, connection:
            connection.execute(
                f"INSERT INTO predictions ({names}) VALUES ({', '.join('?' * 14)})",
                (2, "late", *self.ROW[2:]),
            )

        engine = open_database(url, timeout_s=1)
        assert predictions.get(engine, "late", task="pneumonia").operating_point is None
        engine.dispose()


class TestAnEarlierVersionsJobs:
    """The table of jobs as it was before one could wait, with one that runs."""

    TABLE = """
        CREATE TABLE jobs (
            id VARCHAR(32) NOT NULL, task VARCHAR(100) NOT NULL, state VARCHAR(20) NOT NULL,
            phase VARCHAR(40) NOT NULL, epoch INTEGER NOT NULL, epochs INTEGER NOT NULL,
            progress FLOAT NOT NULL, eta_seconds FLOAT, created_at FLOAT NOT NULL,
            started_at FLOAT, heartbeat_at FLOAT, finished_at FLOAT, parent VARCHAR(32),
            version VARCHAR(32), samples JSON NOT NULL, history JSON NOT NULL, verdict JSON,
            reason TEXT, host VARCHAR(200), pid INTEGER, restarts INTEGER, cause TEXT,
            PRIMARY KEY (id)
        );
        CREATE UNIQUE INDEX one_active_job ON jobs (task) WHERE state IN ('queued', 'running');
        INSERT INTO jobs (id, task, state, phase, epoch, epochs, progress, created_at, started_at,
            samples, history)
        VALUES ('old', 'pneumonia', 'running', 'tail', 1, 2, 0.5, 1767225600.0, 1767225600.0,
            '{}', '[]');
    """

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        with contextlib.closing(sqlite3.connect(tmp_path / "r.db")) as connection, connection:
            connection.executescript(self.TABLE)
        return f"sqlite:///{tmp_path / 'r.db'}"

    def test_its_job_is_there_and_one_may_wait_for_it_and_no_more(self, url: str) -> None:
        with ThreadPoolExecutor(3) as pool:
            engines = list(pool.map(lambda _: open_database(url, timeout_s=5), range(3)))
        old = jobs.get(engines[0], "old", task="pneumonia")

        assert (old.state, old.paused, old.paused_seconds) == ("running", None, None)
        create = partial(jobs.create, task="pneumonia", samples={}, may_wait=True)
        assert create(engines[1], job_id="new") == "waiting"
        with pytest.raises(JobAlreadyRunning):
            create(engines[2], job_id="newer")
        for engine in engines:
            engine.dispose()


class TestTransactions:
    def test_an_error_takes_everything_back(self, database: Engine) -> None:
        row = {"id": "a", "host": "h", "pid": 1, "started_at": now(), "heartbeat_at": now()}

        def broken() -> None:
            with writing(database) as connection:
                connection.execute(table.insert(), row)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            broken()

        with reading(database) as connection:
            assert connection.execute(text("SELECT count(*) FROM failures")).scalar_one() == 0

    def test_a_moment_is_read_back_as_it_was(self, database: Engine) -> None:
        moment = datetime(2026, 3, 4, 5, 6, 7, 250_000, tzinfo=UTC)
        record = RequestErrorRecord(moment, 500, "t", "d", "p", "r")

        request_errors.add(database, record, task="pneumonia")

        assert request_errors.since(database, moment, limit=1, task="pneumonia") == [record]


class TestTrouble:
    @only_sqlite
    def test_a_locked_database_is_busy_not_broken(self, database: Engine) -> None:
        with locked(database), pytest.raises(StoreBusy, match=r"locked.*try again"):
            jobs.create(database, job_id="one", task="pneumonia", samples={})

        jobs.create(database, job_id="one", task="pneumonia", samples={})

    @only_sqlite
    def test_a_full_disk_keeps_nothing_and_the_file_stays_sound(self, database: Engine) -> None:
        with full_disk(), pytest.raises(StorageFailed, match="Free some space"):
            jobs.create(database, job_id="one", task="pneumonia", samples={"x" * 100_000: 1})

        assert jobs.newest(database, task="pneumonia") == []
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
            ("database disk image is malformed", StorageFailed),
            ("no such table: x", StorageFailed),
        ],
    )
    def test_a_databases_words_are_translated(self, reason: str, expected: type[Exception]) -> None:
        with pytest.raises(expected), database_errors():
            raise DatabaseError("INSERT", {}, sqlite3.OperationalError(reason))

    def test_a_row_that_does_not_fit_is_no_trouble_of_the_databases(self) -> None:
        for kind in (IntegrityError, DataError):
            with pytest.raises(kind), database_errors():
                raise kind("INSERT", {}, sqlite3.IntegrityError("UNIQUE constraint failed: x.id"))

    @only_sqlite
    def test_a_damaged_table_is_told_of_without_the_statement(self, database: Engine) -> None:
        damage_table(database, "jobs")
        database.dispose()

        with pytest.raises(StorageFailed, match="damaged or incomplete") as raised:
            jobs.create(database, job_id="one", task="pneumonia", samples={})

        assert "SELECT" not in raised.value.message
