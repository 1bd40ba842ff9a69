"""An answer is acknowledged only if it is in the file that the path of the records names."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from api.errors import StorageFailed
from api.records import database
from api.records.answers import predictions
from api.records.answers.prediction_writer import PredictionWriter
from api.records.database import check_file, open_database, reading, writing
from api.records.retrainings import jobs
from api.records.servers.write_health import WriteHealth
from tests.records import stored_predictions

# As it is when tests are collected.
PREPARE_SQLITE = database._prepare_sqlite
BESIDE = ("", "-wal", "-shm")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "records.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{path}", timeout_s=1)
    jobs.create(engine, job_id="before", task="pneumonia", samples={})
    yield engine
    engine.dispose()


def remove(path: Path) -> None:
    path.unlink()


def remove_all(path: Path) -> None:
    for suffix in BESIDE:
        path.with_name(path.name + suffix).unlink()


def remove_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def remove_index(path: Path) -> None:
    path.with_name(path.name + "-shm").unlink()


def replace_by_nothing(path: Path) -> None:
    path.rename(path.with_name("aside.db"))
    path.touch()


def replace_by_another(path: Path) -> None:
    remove_all(path)
    open_database(f"sqlite:///{path}", timeout_s=1).dispose()


def replace_by_a_copy(path: Path) -> None:
    copy = path.with_name("copy.db")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def empty(path: Path) -> None:
    path.write_bytes(b"")


LOSSES = [
    empty, remove, remove_all, remove_log, remove_index,
    replace_by_nothing, replace_by_another, replace_by_a_copy, move_the_folder,
]  # fmt: skip


class TestLosing:
    @pytest.mark.parametrize("lose", LOSSES)
    def test_nothing_more_is_acknowledged(
        self, engine: Engine, path: Path, lose: Callable[[Path], None]
    ) -> None:
        lose(path)

        with pytest.raises(StorageFailed, match=r"removed|replaced"):
            check_file(engine)
        with pytest.raises(StorageFailed, match="restart the service"):
            jobs.create(engine, job_id="after", task="pneumonia", samples={})

    @pytest.mark.parametrize("lose", LOSSES)
    def test_an_answer_in_the_writer_is_refused_and_the_write_health_tells(
        self, engine: Engine, path: Path, lose: Callable[[Path], None]
    ) -> None:
        write_health = WriteHealth()
        writer = PredictionWriter(engine, write_health)
        lose(path)

        with pytest.raises(StorageFailed):
            writer.add(stored_predictions.record(0), task="pneumonia").result()
        with pytest.raises(StorageFailed):
            write_health.check()
        writer.close()

    def test_what_is_committed_while_it_is_lost_is_not_acknowledged_either(
        self, engine: Engine, path: Path
    ) -> None:
        """It is gone between the beginning of the transaction and its end."""

        def lose_it_meanwhile() -> None:
            with writing(engine) as connection:
                connection.execute(text("DELETE FROM jobs"))
                path.rename(path.with_name("aside.db"))

        with pytest.raises(StorageFailed, match="removed"):
            lose_it_meanwhile()

    def test_a_new_connection_makes_no_file_in_its_place(self, engine: Engine, path: Path) -> None:
        engine.dispose()
        path.unlink()

        with pytest.raises(StorageFailed, match="removed"), reading(engine):
            pass

        assert not path.exists()

    def test_a_lost_folder_is_not_made_again(self, engine: Engine, path: Path) -> None:
        move_the_folder(path)

        with pytest.raises(StorageFailed):
            jobs.create(engine, job_id="after", task="pneumonia", samples={})

        assert not path.parent.exists()


class TestComingBack:
    def test_the_same_file_is_written_to_again(self, engine: Engine, path: Path) -> None:
        aside = path.with_name("aside.db")
        path.rename(aside)
        with pytest.raises(StorageFailed):
            jobs.create(engine, job_id="lost", task="other", samples={})

        aside.rename(path)

        check_file(engine)
        predictions.add_all(engine, [(stored_predictions.record(1), None)], task="other")
        assert jobs.get(engine, "before", task="pneumonia").state == "queued"

    def test_the_same_folder_too(self, engine: Engine, path: Path) -> None:
        move_the_folder(path)
        path.parent.with_name("elsewhere").rename(path.parent)

        predictions.add_all(engine, [(stored_predictions.record(1), None)], task="other")

    def test_after_a_removed_log_a_restart_loses_nothing(self, engine: Engine, path: Path) -> None:
        """The last connection that closes writes what is in the log into the file."""
        remove_log(path)
        with pytest.raises(StorageFailed):
            jobs.create(engine, job_id="refused", task="other", samples={})
        engine.dispose()

        again = open_database(f"sqlite:///{path}", timeout_s=1)

        assert jobs.get(again, "before", task="pneumonia").state == "queued"
        again.dispose()


class TestKeepingOn:
    def test_many_connections_come_and_go_without_an_alarm(self, engine: Engine) -> None:
        for _ in range(3):
            connections = [engine.connect() for _ in range(25)]
            for connection in connections:
                connection.close()
            predictions.probe_write(engine, task="pneumonia")

        check_file(engine)

    def test_a_disposed_engine_may_be_used_again(self, engine: Engine) -> None:
        engine.dispose()

        predictions.add_all(engine, [(stored_predictions.record(1), None)], task="other")

    def test_another_process_may_open_close_and_truncate_the_log(
        self, engine: Engine, path: Path
    ) -> None:
        other = sqlite3.connect(path)
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.close()

        predictions.add_all(engine, [(stored_predictions.record(1), None)], task="other")

    def test_each_commit_is_flushed(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # Other tests do without (`tests.support.shared_work`).
        monkeypatch.setattr(database, "_prepare_sqlite", PREPARE_SQLITE)
        engine = open_database(f"sqlite:///{path}", timeout_s=1)

        with reading(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        engine.dispose()
