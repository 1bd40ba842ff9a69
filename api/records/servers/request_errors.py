"""Requests that were refused or failed, for the one on call."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Engine, select

from api.records.database import reading, writing
from api.records.tables import failures

MAX_STORED = 1000


@dataclass(frozen=True, slots=True)
class RequestErrorRecord:
    """One answer with a status of 400 or more."""

    at: datetime
    status: int
    title: str
    detail: str
    path: str
    request_id: str


def add(engine: Engine, record: RequestErrorRecord, *, task: str) -> None:
    """Store one, and forget all but the newest thousand of the task."""
    of_task = failures.c.task == task
    newest_too_many = (
        select(failures.c.number)
        .where(of_task)
        .order_by(failures.c.number.desc())
        .limit(1)
        .offset(MAX_STORED)
        .scalar_subquery()
    )
    with writing(engine) as connection:
        connection.execute(failures.insert(), {"task": task} | asdict(record))
        connection.execute(failures.delete().where(of_task, failures.c.number <= newest_too_many))


def since(engine: Engine, moment: datetime, *, task: str, limit: int) -> list[RequestErrorRecord]:
    """The newest failures after `moment`, newest first."""
    query = (
        select(*(failures.c[field.name] for field in fields(RequestErrorRecord)))
        .where(failures.c.task == task, failures.c.at >= moment)
        .order_by(failures.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [RequestErrorRecord(**row._asdict()) for row in connection.execute(query)]


def statuses(engine: Engine, moment: datetime, *, task: str) -> list[tuple[datetime, int]]:
    """When and with which status each stored request since `moment` was refused or failed."""
    query = select(failures.c.at, failures.c.status).where(
        failures.c.task == task, failures.c.at >= moment
    )
    with reading(engine) as connection:
        return [(at, status) for at, status in connection.execute(query)]
