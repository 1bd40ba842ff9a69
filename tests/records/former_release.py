"""Databases as releases before this one made them, with rows in every table."""

import contextlib
import sqlite3
from pathlib import Path

FOLDER = Path(__file__).parent / "former"
# Without heat maps and counters in tables of their own; and the last one whose rows had no task.
BEFORE_COUNTERS, BEFORE_TASKS = "before_counters", "before_tasks"
RELEASES = (BEFORE_COUNTERS, BEFORE_TASKS)

Rows = dict[str, list[dict[str, object]]]


def make(path: Path, release: str) -> None:
    """Make the database of a release."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / f"{release}.sql").read_text())
        connection.execute("PRAGMA journal_mode=WAL")


def definitions(release: str) -> list[str]:
    """The statements that create its tables and indexes."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript((FOLDER / f"{release}.sql").read_text())
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index'"
        return [sql for (sql,) in connection.execute(query)]


def rows_of(path: Path) -> Rows:
    """All rows by table."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        names = [row["name"] for row in connection.execute(query)]
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            for name in names
        }


def schema_of(path: Path) -> dict[str, object]:
    """Tables with their columns, in whatever order, and keys; indexes with theirs."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        found: dict[str, object] = {}
        for kind, name, table, sql in connection.execute(query).fetchall():
            if kind == "table":
                columns = connection.execute(f"PRAGMA table_info({name})")
                found[name] = (sorted(row[1:] for row in columns), "WITHOUT ROWID" in sql)
            else:
                indexed = connection.execute(f"PRAGMA index_info({name})")
                condition = sql.partition(" WHERE ")[2].lower()
                found[name] = (table, [row[2] for row in indexed], condition, "UNIQUE" in sql)
        return found
