"""The audit log: a chain that shows where it was changed."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from api.clock import now
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry, AuditFilter
from api.records.audit_log.audit_chain import ChainHead, verify
from api.records.database import open_database, writing
from tests.support.databases import IS_POSTGRES

ENTRIES = 5
APPEND = (
    "import sys\n"
    "from api.records.audit_log import audit\n"
    "from api.records.database import open_database\n"
    "engine = open_database(sys.argv[1], timeout_s=30)\n"
    "for n in range(20): audit.append(engine, audit.AuditEntry(sys.argv[2], 'label', str(n)))\n"
)


@pytest.fixture
def log(database: Engine) -> Engine:
    """A log of some entries."""
    for number in range(ENTRIES):
        audit.append(
            database,
            AuditEntry(
                "ann", "label", f"film {number}", right="label", before={"label": "Normal"},
                after={"label": "COVID-19"}, task="pneumonia", request_id="r", address="10.0.0.1",
            ),
        )  # fmt: skip
    return database


def tampered(engine: Engine, *statements: str) -> None:
    """Change the records as somebody would who owns them."""
    with writing(engine) as connection:
        if IS_POSTGRES:
            connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        else:
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in connection.exec_driver_sql(triggers).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)


class TestAppending:
    def test_entries_are_numbered_and_read_as_they_were_written(self, log: Engine) -> None:
        newest, *others = audit.page(log, limit=10)

        assert [stored.entry.number for stored in (newest, *others)] == [5, 4, 3, 2, 1]
        assert audit.as_json(newest) == audit.as_json(newest) | {
            "actor": "ann", "action": "label", "right": "label", "object": "film 4",
            "before": {"label": "Normal"}, "after": {"label": "COVID-19"}, "request_id": "r",
            "task": "pneumonia", "address": "10.0.0.1",
        }  # fmt: skip
        assert audit.head(log) == ChainHead(5, newest.hash)
        assert audit.check(log) is None

    def test_an_empty_log_is_whole(self, database: Engine) -> None:
        assert audit.check(database) is None
        assert audit.head(database) == ChainHead()

    def test_a_page_is_narrowed_down_and_goes_on(self, log: Engine) -> None:
        audit.append(log, AuditEntry("bob", "promote", "v2"))

        found = audit.page(log, AuditFilter(actor="ann"), limit=2)
        older = audit.page(log, AuditFilter(actor="ann"), limit=9, before=found[-1].entry.number)

        assert [stored.entry.number for stored in found] == [5, 4]
        assert [stored.entry.number for stored in older] == [3, 2, 1]
        assert [s.entry.object for s in audit.page(log, AuditFilter("promote"), limit=9)] == ["v2"]

    def test_threads_and_processes_write_one_chain(self, database: Engine) -> None:
        url = database.url.render_as_string(hide_password=False)
        others = [
            subprocess.Popen([sys.executable, "-c", APPEND, url, name]) for name in ("one", "two")
        ]
        patient = open_database(url, timeout_s=30)
        threads = [
            threading.Thread(
                target=lambda: [
                    audit.append(patient, AuditEntry("thread", "label", str(n))) for n in range(10)
                ]
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = [process.wait(timeout=120) for process in others]
        patient.dispose()

        assert codes == [0, 0]
        assert audit.head(database).number == 60
        assert audit.check(database) is None


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit SET actor = 'bob' WHERE number = 2",
            "DELETE FROM audit WHERE number = 2",
            "TRUNCATE audit"
            if IS_POSTGRES
            else "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 2",
        ],
    )
    def test_the_database_refuses_changes(self, log: Engine, statement: str) -> None:
        with pytest.raises(IntegrityError, match="append-only"), writing(log) as connection:
            connection.exec_driver_sql(statement)

        assert audit.check(log) is None


class TestVerifying:
    @pytest.mark.parametrize(
        ("statement", "number"),
        [
            ("UPDATE audit SET actor = 'bob' WHERE number = 3", 3),
            ('UPDATE audit SET after = \'{"label":"Normal"}\' WHERE number = 1', 1),
            ("UPDATE audit SET at = 'then' WHERE number = 5", 5),
            ("DELETE FROM audit WHERE number = 1", 1),
            ("DELETE FROM audit WHERE number = 3", 3),
            ("DELETE FROM audit WHERE number > 3", 4),
            ("DELETE FROM audit", 1),
            ("UPDATE audit_addresses SET address = '10.0.0.9' WHERE number = 4", 4),
            (
                'INSERT INTO audit SELECT 6, at, actor, "right", action, object, task, before, '
                "after, request_id, address_sha256, hash FROM audit WHERE number = 5",
                6,
            ),
        ],
    )
    def test_the_first_broken_entry_is_found(
        self, log: Engine, statement: str, number: int
    ) -> None:
        tampered(log, statement)

        broken = audit.check(log)

        assert broken is not None
        assert broken.number == number

    def test_an_end_that_was_cut_with_its_head_is_found_by_a_head_written_down_elsewhere(
        self, log: Engine
    ) -> None:
        trusted = audit.head(log)
        (former,) = audit.page(log, limit=1, before=5)
        tampered(
            log,
            "DELETE FROM audit WHERE number = 5",
            f"UPDATE audit_head SET number = 4, hash = '{former.hash}'",
        )

        assert audit.check(log) is None
        broken = audit.check(log, trusted=trusted)
        assert broken is not None
        assert broken.number == 5

    def test_a_log_that_was_written_anew_is_found_by_it_too(self, log: Engine) -> None:
        trusted = audit.head(log)
        tampered(
            log,
            "DELETE FROM audit",
            "DELETE FROM audit_addresses",
            f"UPDATE audit_head SET number = 0, hash = '{'0' * 64}'",
        )
        for _ in range(ENTRIES):
            audit.append(log, AuditEntry("mallory", "label"))

        assert audit.check(log) is None
        assert audit.check(log, trusted=trusted) is not None

    def test_an_exported_log_is_verified_by_itself(self, log: Engine) -> None:
        lines = [json.dumps(audit.as_json(stored)) for stored in audit.each(log)]
        entries = [audit.from_json(json.loads(line)) for line in lines]

        assert verify(entries, head=audit.head(log)) is None
        assert verify(entries[:2] + entries[3:], head=audit.head(log)) is not None


class TestAddresses:
    def test_they_are_forgotten_and_the_chain_stays_whole(self, log: Engine) -> None:
        assert audit.drop_addresses(log, now() - timedelta(days=1), rows=3) == 0
        later = now() + timedelta(seconds=1)
        assert [audit.drop_addresses(log, later, rows=3) for _ in range(3)] == [3, 2, 0]

        assert {stored.address for stored in audit.page(log, limit=9)} == {None}
        assert audit.check(log) is None


class TestSettings:
    def test_a_start_writes_down_what_it_changes(self, database: Engine) -> None:
        audit.note_settings(database, {"keep": 30, "task": "a"})
        audit.note_settings(database, {"task": "a", "keep": 30})
        audit.note_settings(database, {"keep": 0, "task": "a"})

        newest, first = [audit.as_json(stored) for stored in audit.page(database, limit=9)]

        assert (first["before"], first["after"]) == (None, {"keep": 30, "task": "a"})
        assert (newest["before"], newest["after"]) == ({"keep": 30}, {"keep": 0})
        assert (newest["actor"], newest["action"]) == ("server", "settings")


class TestPrograms:
    @pytest.fixture
    def run(self, log: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
        from typer.testing import CliRunner

        from api.cli import app

        url = log.url.render_as_string(hide_password=False)
        monkeypatch.setenv("ROENTGEN_DATABASE_URL", url)

        def run(*arguments: str) -> tuple[int, str]:
            done = CliRunner().invoke(app, ["audit", *arguments])
            return done.exit_code, done.output

        return run

    def test_verify_says_the_newest_entry_or_the_first_broken_one(
        self, run: Callable[..., tuple[int, str]], log: Engine
    ) -> None:
        head = audit.head(log)
        assert run("verify") == (0, f"5 entries, unbroken. Newest: 5:{head.hash}\n")
        assert run("verify", "--head", f"4:{'0' * 64}")[0] == 1
        assert run("verify", "--head", "nonsense")[0] == 2

        tampered(log, "DELETE FROM audit WHERE number = 2")

        assert run("verify") == (1, "Broken at entry 2: it is missing.\n")

    def test_what_is_exported_can_be_verified_elsewhere(
        self, run: Callable[..., tuple[int, str]], tmp_path: Path
    ) -> None:
        file = tmp_path / "audit.ndjson"
        assert run("export", "--output", str(file))[0] == 0
        assert run("verify", "--file", str(file))[0] == 0

        lines = file.read_text().splitlines()
        file.write_text("\n".join([lines[0], lines[1].replace("film 1", "film 9"), *lines[2:]]))

        code, printed = run("verify", "--file", str(file))
        assert (code, "entry 2" in printed) == (1, True)
        file.write_text("no entry\n")
        assert run("verify", "--file", str(file))[0] == 2
