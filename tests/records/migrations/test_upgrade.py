"""Databases of former releases are brought up to date when they are opened."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from api.clock import now
from api.errors import StorageFailed
from api.records.answers import feedback, predictions
from api.records.database import make_current, open_database
from api.records.migrations import upgrade as upgrading
from api.records.migrations.revisions import NEWEST, REVISIONS, UNMARKED
from api.records.retrainings import jobs
from api.records.training_images import sample_history, samples
from api.records.upkeep import backfill
from tests.records import former_release
from tests.records.former_release import BEFORE_TASKS, RELEASES
from tests.records.migrations.databases import TASK, backups, revision_of, url_of

# What has no task: processes, the mark of the revision, and data that goes with its answer.
WITHOUT_TASK = {
    "workers", "alembic_version", "heatmaps", "users", "sessions", "api_keys", "login_attempts",
}  # fmt: skip
OPEN = (
    "import sys\n"
    "from api.records.database import make_current\n"
    "print('ready', flush=True)\n"
    "sys.stdin.readline()\n"
    "done = make_current(sys.argv[1], timeout_s=30, task='pneumonia')\n"
    "print(done.applied if done else None)\n"
)


def test_alembics_files_are_read_once_for_all_revisions(path: Path, tmp_path: Path) -> None:
    former_release.make(path, BEFORE_TASKS)
    folder, read = tmp_path / "migrations", tmp_path / "read"
    shutil.copytree(upgrading.FOLDER, folder)
    (newest,) = (folder / "versions").rglob(f"r{NEWEST}_*.py")
    note = f"from pathlib import Path\nwith Path({str(read)!r}).open('a') as f:\n    f.write('.')\n"
    newest.write_text(f"{newest.read_text()}\n\n{note}")
    engine = create_engine(url_of(path))

    done = upgrading.upgrade(engine, former_task=TASK, file=path, folder=folder)

    engine.dispose()
    assert done is not None
    assert len(done.applied) > 1
    assert read.read_text() == "."


@pytest.mark.parametrize("release", RELEASES)
class TestAFormerRelease:
    def test_all_its_rows_are_there_with_the_task(self, path: Path, release: str) -> None:
        former_release.make(path, release)
        before = former_release.rows_of(path)

        open_database(url_of(path), timeout_s=5).dispose()

        after = former_release.rows_of(path)
        for table, rows in before.items():
            assert rows, f"the record of {release} has no row in {table}"
            stored = after[table]
            if table not in WITHOUT_TASK and table != "jobs":
                assert {row.pop("task") for row in stored} == {TASK}
            known = [{name: row[name] for name in old if name in row}
                     for row, old in zip(stored, rows, strict=True)]  # fmt: skip
            # The number of the only row went where the task came.
            assert known == [{k: v for k, v in row.items() if k in known[0]} for row in rows]
            assert set(rows[0]) - set(known[0]) <= {"id"}

    def test_its_schema_is_that_of_a_new_database(
        self, path: Path, tmp_path: Path, release: str
    ) -> None:
        former_release.make(path, release)
        new = tmp_path / "new.db"

        for each in (path, new):
            open_database(url_of(each), timeout_s=5).dispose()

        assert former_release.schema_of(path) == former_release.schema_of(new)

    def test_it_is_read_counted_and_written_to(self, path: Path, release: str) -> None:
        former_release.make(path, release)
        engine = open_database(url_of(path), timeout_s=5)
        image, sample = f"{1:032x}", f"{12:064x}"

        while backfill.step(engine, now(), task=TASK):
            pass
        record = predictions.get(engine, image, task=TASK)
        predictions.probe_write(engine, task=TASK)

        assert record.label == "Normal"
        assert predictions.activation_of(engine, image, task=TASK) is not None
        assert predictions.totals(engine, task=TASK).stored == 3
        assert [word.remark for word in feedback.of(engine, image, task=TASK)] == ["sure"]
        assert samples.get(engine, sample, task=TASK).part == "train"
        assert samples.counts(engine, task=TASK) == {"Normal": 1, "COVID-19": 1}
        assert sample_history.deleted(engine, task=TASK) == {f"{14:064x}"}
        assert {job.id[0] for job in jobs.newest(engine, task=TASK)} == {"a", "b"}
        engine.dispose()

    def test_its_rows_are_of_the_task_that_is_served(self, path: Path, release: str) -> None:
        former_release.make(path, release)

        engine = open_database(url_of(path), timeout_s=5, task="mammography")

        assert predictions.totals(engine, task="mammography").stored == 3
        assert len(samples.everything(engine, task="mammography")) == 2
        assert samples.sums(engine, task="mammography")["Normal"].number == 1
        assert predictions.newest(engine, task=TASK, limit=9, before=None) == []
        assert samples.ever_known(engine, task=TASK) == set()
        engine.dispose()

    def test_a_copy_of_it_lies_beside_it_and_opens(self, path: Path, release: str) -> None:
        former_release.make(path, release)
        path.chmod(0o600)
        before = former_release.rows_of(path)

        done = make_current(url_of(path), timeout_s=5, task=TASK)

        copy = path.with_name(f"roentgen.db.before-{NEWEST}.bak")
        assert done == upgrading.Upgrade(UNMARKED, REVISIONS, copy)
        assert backups(path) == [copy]
        assert copy.stat().st_mode & 0o777 == 0o600
        assert former_release.rows_of(copy) == before
        shutil.copy(copy, path.with_name("again.db"))
        open_database(url_of(path.with_name("again.db")), timeout_s=5).dispose()

    def test_what_is_in_the_log_only_is_in_the_copy(self, path: Path, release: str) -> None:
        former_release.make(path, release)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("PRAGMA wal_autocheckpoint=0")
            writer.execute("DELETE FROM failures")

            make_current(url_of(path), timeout_s=5, task=TASK)

        (copy,) = backups(path)
        assert former_release.rows_of(copy)["failures"] == []


class TestBackups:
    def test_one_that_is_there_is_never_overwritten(self, path: Path) -> None:
        other = path.with_name(f"roentgen.db.before-{NEWEST}.bak")
        other.write_bytes(b"of last year")
        former_release.make(path, BEFORE_TASKS)

        open_database(url_of(path), timeout_s=5).dispose()

        assert other.read_bytes() == b"of last year"
        assert backups(path) == [path.with_name(f"roentgen.db.before-{NEWEST}.2.bak"), other]

    def test_a_new_or_current_database_has_none(self, path: Path) -> None:
        assert make_current(url_of(path), timeout_s=5, task=TASK) is not None
        assert make_current(url_of(path), timeout_s=5, task=TASK) is None

        assert backups(path) == []

    def test_where_it_cannot_be_written_nothing_is_upgraded(self, path: Path) -> None:
        former_release.make(path, BEFORE_TASKS)
        # The name of the half-written copy is taken by a folder that cannot be removed as a file.
        path.with_name(".tmp-roentgen.db.bak").mkdir()

        with pytest.raises(StorageFailed, match="could not be written"):
            open_database(url_of(path), timeout_s=5)

        assert revision_of(path) == UNMARKED


class TestStarts:
    def test_a_current_database_needs_no_alembic(self, path: Path) -> None:
        program = (
            "import sys\n"
            "from api.records.database import open_database\n"
            "for _ in range(2): open_database(sys.argv[1], timeout_s=5).dispose()\n"
            "print('alembic' in sys.modules)\n"
        )

        done = subprocess.run(
            [sys.executable, "-c", program, url_of(path)],
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout.strip() == "False"

    def test_the_revisions_are_those_of_the_files(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(upgrading.FOLDER))
        config.set_main_option("recursive_version_locations", "true")
        config.set_main_option("path_separator", "newline")
        found = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]

        assert tuple(reversed(found)) == REVISIONS

    @pytest.mark.parametrize("release", RELEASES)
    def test_of_processes_that_start_at_once_exactly_one_upgrades(
        self, path: Path, release: str
    ) -> None:
        former_release.make(path, release)
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", OPEN, url_of(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"

        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        printed = sorted(process.communicate(timeout=120)[0].strip() for process in processes)

        assert printed == [str(REVISIONS), "None", "None"]
        assert len(backups(path)) == 1
        assert revision_of(path) == NEWEST


class TestANewerVersion:
    def test_its_records_are_refused_and_left_alone(self, path: Path) -> None:
        open_database(url_of(path), timeout_s=5).dispose()
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '0999'")
        before = former_release.rows_of(path)

        with pytest.raises(StorageFailed, match=r"newer version.*'0999'.*Start that version again"):
            open_database(url_of(path), timeout_s=5)

        assert former_release.rows_of(path) == before
        assert backups(path) == []


class TestStatus:
    def test_to_ask_for_the_revision_changes_nothing(self, path: Path) -> None:
        assert revision_of(path) is None
        assert not path.exists()
        former_release.make(path, BEFORE_TASKS)
        content = path.read_bytes()

        assert revision_of(path) == UNMARKED

        assert path.read_bytes() == content
