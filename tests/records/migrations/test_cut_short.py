"""Upgrades that fail or are killed half-way leave the database as it was."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from api.records.database import open_database
from api.records.migrations import upgrade as upgrading
from api.records.migrations.revisions import NEWEST, REVISIONS, UNMARKED
from tests.records import former_release
from tests.records.former_release import BEFORE_COUNTERS, RELEASES
from tests.records.migrations.databases import TASK, backups, revision_of, some, url_of


def broken_folder(tmp_path: Path, revision: str, statement: str) -> Path:
    """Alembic's files, where a revision comes to its end and then does something else."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrading.FOLDER, folder)
    (file,) = (folder / "versions").rglob(f"r{revision}_*.py")
    changed = file.read_text().replace("def upgrade()", "def really_upgrade()")
    file.write_text(f"{changed}\n\ndef upgrade() -> None:\n    really_upgrade()\n    {statement}\n")
    return folder


def run_broken(path: Path, folder: Path) -> None:
    engine = create_engine(url_of(path))
    try:
        upgrading.upgrade(engine, former_task=TASK, file=path, folder=folder)
    finally:
        engine.dispose()


class TestCutShort:
    @pytest.mark.parametrize("revision", REVISIONS)
    @pytest.mark.parametrize("release", RELEASES)
    def test_an_error_in_the_middle_takes_the_revision_back(
        self, path: Path, tmp_path: Path, release: str, revision: str
    ) -> None:
        former_release.make(path, release)
        before = former_release.rows_of(path)
        folder = broken_folder(tmp_path, revision, "raise ArithmeticError")

        for _ in range(2):
            with pytest.raises(ArithmeticError):
                run_broken(path, folder)

        self.check(path, before, revision)

    def test_a_process_that_is_killed_in_the_middle_leaves_the_former_revision(
        self, path: Path, tmp_path: Path
    ) -> None:
        former_release.make(path, BEFORE_COUNTERS)
        before = former_release.rows_of(path)
        folder = broken_folder(tmp_path, NEWEST, "import os; os.kill(os.getpid(), 9)")
        program = (
            "import sys\n"
            "from pathlib import Path\n"
            "from tests.records.migrations.test_cut_short import run_broken\n"
            "run_broken(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        )

        done = subprocess.run(
            [sys.executable, "-c", program, str(path), str(folder)], check=False, timeout=120
        )

        assert done.returncode == -signal.SIGKILL
        self.check(path, before, NEWEST)

    def check(self, path: Path, before: former_release.Rows, revision: str) -> None:
        """It is at the revision before, whole; and the next start upgrades it."""
        former = dict(zip(REVISIONS, (UNMARKED, *REVISIONS), strict=False))
        assert revision_of(path) == former[revision]
        found = former_release.rows_of(path)
        for table, rows in before.items():
            # Revision 0002 puts the task in place of a row's number in some tables.
            names = [name for name in rows[0] if name in found[table][0]]
            assert names
            assert [some(row, names) for row in found[table]] == [some(r, names) for r in rows]
        # The file was the same each time, but where a first revision was applied meanwhile.
        assert len(backups(path)) <= 2

        open_database(url_of(path), timeout_s=5).dispose()

        assert revision_of(path) == NEWEST
        assert former_release.rows_of(path)["samples"]
