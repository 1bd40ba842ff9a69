"""How much an SQLite file's queries do, in steps of its virtual machine: the same on any machine,
however busy it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

STEPS_PER_CALL = 10


@dataclass(slots=True)
class Work:
    """Steps, to the next ten, and the statements with their parameters."""

    steps: int = 0
    statements: list[tuple[str, Any]] = field(default_factory=list)


@contextmanager
def work_of(engine: Engine) -> Iterator[Work]:
    """Count what an engine's connections do from here on."""
    engine.dispose()
    work = Work()

    def step() -> int:
        work.steps += STEPS_PER_CALL
        return 0

    def connected(connection: Any, _: Any) -> None:
        connection.set_progress_handler(step, STEPS_PER_CALL)

    def executed(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        work.statements.append((statement, parameters))

    event.listen(engine, "connect", connected)
    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield work
    finally:
        event.remove(engine, "connect", connected)
        event.remove(engine, "before_cursor_execute", executed)
        engine.dispose()


def plans(engine: Engine, work: Work) -> list[str]:
    """How SQLite answers each of the queries: lines of EXPLAIN QUERY PLAN."""
    lines: list[str] = []
    with engine.connect() as connection:
        for statement, parameters in work.statements:
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                lines += [row.detail for row in rows]
    return lines


def steps_of(engine: Engine, question: Callable[[Engine], object]) -> int:
    """Steps that a question takes."""
    with work_of(engine) as work:
        question(engine)
    return work.steps
