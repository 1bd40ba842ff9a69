"""Unexpected errors are grouped, counted, and bounded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from api.records.servers import unexpected_errors
from api.records.servers.unexpected_errors import MAX_STORED, UnexpectedError

START = datetime(2026, 1, 1, tzinfo=UTC)


def error(number: int = 0, *, fingerprint: str = "") -> UnexpectedError:
    moment = START + timedelta(seconds=number)
    return UnexpectedError(
        fingerprint=fingerprint or f"{number:016x}",
        type="KeyError",
        place=f"GET /{number}",
        count=1,
        first_at=moment,
        last_at=moment,
        request_id=f"r{number}",
        version="0",
        traceback="KeyError",
    )


class TestKeeping:
    def test_the_newest_come_first(self, database: Engine) -> None:
        unexpected_errors.add(database, [error(2), error(1), error(3)])

        found = unexpected_errors.newest(database, limit=2)

        assert found == [error(3), error(2)]

    def test_those_of_a_kind_are_one_with_the_newest_ones_request(self, database: Engine) -> None:
        unexpected_errors.add(database, [error(1, fingerprint="same")])
        unexpected_errors.add(database, [replace(error(5, fingerprint="same"), count=3)])

        (found,) = unexpected_errors.newest(database, limit=10)

        assert found == replace(error(5, fingerprint="same"), count=4, first_at=error(1).first_at)

    def test_kinds_that_were_not_met_for_longest_are_forgotten(self, database: Engine) -> None:
        unexpected_errors.add(database, [error(number) for number in range(MAX_STORED)])
        unexpected_errors.add(database, [error(MAX_STORED), error(MAX_STORED + 1)])

        found = unexpected_errors.newest(database, limit=MAX_STORED + 10)

        assert len(found) == MAX_STORED
        assert found[-1] == error(2)
