"""`python -m api db`."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.errors import WrongKey
from api.records.database import open_database
from api.records.migrations.revisions import NEWEST
from api.records.servers.shared_keys import PATIENT_KEY, SharedKey, check_keys
from tests.records import former_release
from tests.records.former_release import BEFORE_TASKS

runner = CliRunner()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command line finds the records; there are none yet."""
    monkeypatch.setenv("ROENTGEN_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("ROENTGEN_DATABASE_URL", raising=False)
    return tmp_path / "roentgen.db"


class TestStatus:
    def test_where_there_are_no_records_none_are_made(self, path: Path) -> None:
        result = runner.invoke(app, ["db", "status"])

        assert (result.exit_code, path.exists()) == (0, False)
        assert "no records yet" in result.output

    def test_former_records_have_to_be_upgraded_and_are_left_as_they_are(self, path: Path) -> None:
        former_release.make(path, BEFORE_TASKS)

        results = [runner.invoke(app, ["db", "status"]) for _ in range(2)]

        for result in results:
            assert result.exit_code == 1
            assert "python -m api db upgrade" in result.output

    def test_of_a_newer_version_it_says_what_to_do(self, path: Path) -> None:
        runner.invoke(app, ["db", "upgrade"])
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '0999'")

        for command in ("status", "upgrade"):
            result = runner.invoke(app, ["db", command])

            assert result.exit_code == 1
            assert "newer version" in result.output
            assert "Start that version again" in result.output

    def test_a_file_that_is_no_database_is_called_damaged(self, path: Path) -> None:
        path.write_bytes(b"not a database" * 100)

        result = runner.invoke(app, ["db", "status"])

        assert result.exit_code == 2
        assert "damaged" in result.output

    @pytest.mark.parametrize(
        "url", ["nonsense", "nothing://here", "mssql+pymssql://me:secret@here"]
    )
    @pytest.mark.parametrize(("command", "code"), [("status", 2), ("upgrade", 1)])
    def test_a_url_that_cannot_be_opened_is_said_without_its_password(
        self, url: str, command: str, code: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROENTGEN_DATABASE_URL", url)

        result = runner.invoke(app, ["db", command])

        assert result.exit_code == code
        assert "ROENTGEN_DATABASE_URL" in result.output
        assert "secret" not in result.output

    def test_a_misspelt_task_gets_no_rows(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        former_release.make(path, BEFORE_TASKS)
        before = path.read_bytes()
        monkeypatch.setenv("ROENTGEN_TASK", "pneumnia")

        result = runner.invoke(app, ["db", "upgrade"])

        assert result.exit_code == 1
        assert "no task named 'pneumnia'" in result.output
        assert path.read_bytes() == before

    def test_a_view_of_somebody_survives_the_upgrade(self, path: Path) -> None:
        former_release.make(path, BEFORE_TASKS)
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE VIEW theirs AS SELECT sha256, label FROM samples")
            before = connection.execute("SELECT * FROM theirs").fetchall()

        result = runner.invoke(app, ["db", "upgrade"])

        assert result.exit_code == 0, result.output
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT * FROM theirs").fetchall() == before

    def test_a_table_of_another_program_is_left_alone(self, path: Path) -> None:
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE samples (id INTEGER PRIMARY KEY, mine TEXT)")
            connection.execute("INSERT INTO samples VALUES (1, 'row')")

        result = runner.invoke(app, ["db", "upgrade"])

        assert result.exit_code == 1
        assert "is not Roentgen's" in result.output
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT * FROM samples").fetchall() == [(1, "row")]
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            assert tables.fetchall() == [("samples",)]


class TestUpgrade:
    def test_former_records_are_upgraded_once(self, path: Path) -> None:
        former_release.make(path, BEFORE_TASKS)

        first, second, status = (
            runner.invoke(app, ["db", command]) for command in ("upgrade", "upgrade", "status")
        )

        assert [result.exit_code for result in (first, second, status)] == [0, 0, 0]
        assert f"to {NEWEST}" in first.output
        assert f"roentgen.db.before-{NEWEST}.bak" in first.output.replace("\n", "")
        assert "already" in second.output
        assert "the newest" in status.output

    def test_where_there_are_no_records_new_ones_are_made(self, path: Path) -> None:
        result = runner.invoke(app, ["db", "upgrade"])

        assert (result.exit_code, path.exists()) == (0, True)
        assert "New records were made" in result.output

    def test_help_names_both_commands(self) -> None:
        result = runner.invoke(app, ["db", "--help"])

        assert result.exit_code == 0
        assert "upgrade" in result.output
        assert "status" in result.output


class TestAcceptingKeys:
    def test_where_the_others_are_lost_this_machines_are_taken(self, path: Path) -> None:
        state, key = path.parent, path.parent / PATIENT_KEY
        database = open_database(f"sqlite:///{path}", timeout_s=5)
        SharedKey(database, PATIENT_KEY, "node-1").check(bytes(32))
        key.write_bytes(b"made anew")
        with pytest.raises(WrongKey):
            check_keys(database, state, node="node-2")

        result = runner.invoke(app, ["db", "accept-keys"])

        assert result.exit_code == 0
        assert "not recognised any more" in result.output
        check_keys(database, state, node="node-2")
        key.unlink()
        with pytest.raises(WrongKey):
            check_keys(database, state, node="node-2")
        runner.invoke(app, ["db", "accept-keys"])
        check_keys(database, state, node="node-2")
        database.dispose()
