"""Records of former releases are brought up to date with every row, in SQLite and in PostgreSQL.

They were filled through the API of those releases, and are younger than those that
`tests/records/migrations` opens.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from api.records.audit_log import audit
from api.records.database import open_database, read_revision
from api.records.migrations.revisions import NEWEST
from tests.former import former_release
from tests.former.former_release import RELEASES
from tests.support import databases

Rows = dict[str, list[dict[str, Any]]]
# The revision; and what is counted anew from the answers that are there, so that each has a client.
ANEW = {"alembic_version", "streams"}
# What a year of use, a release or a crash leaves, and a day with a retraining does not.
MAY_BE_EMPTY = {"drift_looks", "errors", "outbox", "retention_marks", "streams", "workers"} | {
    "uncounted_predictions", "login_codes", "champions", "champion_moves", "nodes",
}  # fmt: skip


def rows_of(engine: Engine) -> Rows:
    with engine.connect() as connection:
        return {
            table: [
                dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()
            ]
            for table in inspect(engine).get_table_names()
        }


def tables_of(engine: Engine) -> Mapping[str, object]:
    """Columns by name, whatever their order, and indexes."""
    found = inspect(engine)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)),
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((str(i["name"]), i["column_names"]) for i in found.get_indexes(table)),
        )
        for table in found.get_table_names()
    }


@pytest.mark.parametrize("release", RELEASES)
class TestAFormerRelease:
    def test_every_row_is_there_as_it_was(self, release: str, tmp_path: Path) -> None:
        url = former_release.records(release, tmp_path)
        former = create_engine(url)
        before = rows_of(former)

        open_database(url, timeout_s=30).dispose()

        after = rows_of(former)
        former.dispose()
        assert {table for table, rows in before.items() if not rows} <= MAY_BE_EMPTY
        for table in before.keys() - ANEW:
            known = [set(row) for row in before[table][:1]]
            kept = [{name: row[name] for name in names} for names in known for row in after[table]]
            assert kept == before[table], table
        assert read_revision(url, timeout_s=5) == NEWEST

    def test_its_tables_are_those_of_a_new_database(self, release: str, tmp_path: Path) -> None:
        url = former_release.records(release, tmp_path / "former")
        former = open_database(url, timeout_s=30)
        is_file = former.dialect.name == "sqlite"
        new_url = f"sqlite:///{tmp_path}/new.db" if is_file else databases.postgres().create()
        new = open_database(new_url, timeout_s=30)

        assert tables_of(former) == tables_of(new)

        former.dispose()
        new.dispose()

    def test_its_audit_log_verifies_and_goes_on(self, release: str, tmp_path: Path) -> None:
        url = former_release.records(release, tmp_path)
        engine = open_database(url, timeout_s=30)
        before = audit.head(engine)

        number = audit.append(engine, audit.AuditEntry(actor="somebody", action="promote"))

        assert before.number > 0
        assert number == before.number + 1
        assert audit.check(engine, trusted=before) is None
        engine.dispose()
