"""Copies the records of a former release into PostgreSQL; it runs in that release's code.

The tables and the types are that release's own: `to_postgresql.py FROM-URL TO-URL`.
"""

import sys

from sqlalchemy import Column, Engine, Integer, Table, func, insert, select, text

from api.records import tables
from api.records.database import open_database, reading, writing
from api.records.migrations import revisions  # noqa: F401 # all tables

metadata = tables.metadata


def main(source: str, target: str) -> None:
    """Copy every row; numbers go on after the highest one."""
    before, after = open_database(source, timeout_s=30), open_database(target, timeout_s=30)
    for table in metadata.sorted_tables:
        with reading(before) as connection:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        with writing(after) as connection:
            connection.execute(table.delete())
            if rows:
                connection.execute(insert(table), rows)
        for column in table.columns:
            _go_on_counting(after, table, column)
    before.dispose()
    after.dispose()


def _go_on_counting(engine: Engine, table: Table, column: Column[object]) -> None:
    """A number that the database itself gives begins after those that were copied."""
    if not column.primary_key or not isinstance(column.type, Integer):
        return
    with writing(engine) as connection:
        name = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        highest = connection.scalar(select(func.max(column)))
        if name and highest:
            connection.execute(text("SELECT setval(:name, :at)"), {"name": name, "at": highest})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
