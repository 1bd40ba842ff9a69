"""Refused requests, the newest thousand."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select

from api.records.database import reading, writing
from api.records.servers import request_errors
from api.records.servers.request_errors import MAX_STORED, RequestErrorRecord
from api.records.tables import failures as table

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(number: int) -> RequestErrorRecord:
    return RequestErrorRecord(
        at=START + timedelta(seconds=number),
        status=422,
        title="Unreadable image",
        detail=f"number {number}",
        path="POST /predict",
        request_id="abc",
    )


class TestKeeping:
    def test_the_newest_come_first(self, database: Engine) -> None:
        for number in range(5):
            request_errors.add(database, record(number), task="pneumonia")

        stored = request_errors.since(
            database, START + timedelta(seconds=1), limit=3, task="pneumonia"
        )

        assert stored == [record(4), record(3), record(2)]

    def test_all_but_the_newest_thousand_are_forgotten(self, database: Engine) -> None:
        with writing(database) as connection:
            connection.execute(
                table.insert(),
                [
                    {
                        "at": START, "status": 500, "title": "t", "detail": str(n),
                        "path": "p", "request_id": "r",
                    }
                    for n in range(MAX_STORED)
                ],
            )  # fmt: skip

        request_errors.add(database, record(1), task="pneumonia")
        request_errors.add(database, record(2), task="pneumonia")

        with reading(database) as connection:
            count = connection.execute(select(func.count()).select_from(table)).scalar_one()
            oldest = connection.execute(select(func.min(table.c.number))).scalar_one()
        assert (count, oldest) == (MAX_STORED, 3)
