"""`python -m api db`."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.records.migrations.revisions import NEWEST
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

        assert result.exit_code == 1
        assert "damaged" in result.output


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
