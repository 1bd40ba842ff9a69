"""Requests that were refused or failed, for the one on call."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

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


def add(engine: Engine, record: RequestErrorRecord) -> None:
    """Keep one, and forget all but the newest thousand."""
    with writing(engine) as connection:
        connection.execute(failures.insert(), asdict(record))
        oldest = select(func.max(failures.c.number) - MAX_STORED).scalar_subquery()
        connection.execute(failures.delete().where(failures.c.number <= oldest))


def since(engine: Engine, moment: datetime, *, limit: int) -> list[RequestErrorRecord]:
    """The newest failures after `moment`, newest first."""
    columns = [column for column in failures.c if column.name != "number"]
    query = (
        select(*columns)
        .where(failures.c.at >= moment)
        .order_by(failures.c.number.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [RequestErrorRecord(**row._asdict()) for row in connection.execute(query)]
