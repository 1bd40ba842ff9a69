"""Which connections are ended, and for whom there is room; a clock that is set by hand."""

import logging
from dataclasses import dataclass, field

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from api.web.connections.limits import (
    NEVER,
    RESERVED_FILES,
    STALLED_WRITE_S,
    ConnectionLimits,
    ConnectionTable,
    RequestDeadline,
    open_files_limit,
)
from api.web.connections.proxies import TrustedProxies
from tests.support.clock import Clock

HERE, THERE = "10.0.0.1", "10.0.0.2"


@dataclass(eq=False)
class Held:
    """A connection that remembers why it was ended."""

    client: tuple[str, int] | None
    deadline: RequestDeadline = field(default_factory=lambda: RequestDeadline(10))
    ended: str = ""

    def end(self, reason: str) -> None:
        self.ended = reason


@pytest.fixture
def clock() -> Clock:
    return Clock()


def table_of(clock: Clock, *, total: int = 4, per_address: int = 3) -> ConnectionTable:
    limits = ConnectionLimits(
        total=total, per_address=per_address, exempt=TrustedProxies(["10.9.0.0/16"])
    )
    return ConnectionTable(limits, clock)


def opened(table: ConnectionTable, host: str | None, count: int = 1) -> list[Held]:
    held = [Held((host, port) if host else None) for port in range(count)]
    for connection in held:
        assert table.opened(connection)
    return held


class TestTheDeadline:
    def test_a_connection_has_its_time_from_the_beginning(self) -> None:
        deadline = RequestDeadline(10)

        deadline.opened(100)
        deadline.received(1, 105)
        deadline.received(1, 109)

        assert (deadline.expires_at, deadline.head_bytes) == (110, 2)

    def test_one_that_was_answered_has_its_time_from_the_first_byte_on(self) -> None:
        deadline = RequestDeadline(10)
        deadline.opened(100)
        deadline.working()
        deadline.answered(120, head_bytes=0, body_is_complete=True)
        idle = deadline.expires_at

        deadline.received(1, 125)
        deadline.received(1, 130)

        assert (idle, deadline.expires_at) == (NEVER, 135)

    def test_a_request_that_began_behind_another_has_its_time_from_the_answer_on(self) -> None:
        deadline = RequestDeadline(10)
        deadline.working()

        deadline.answered(120, head_bytes=7, body_is_complete=True)

        assert (deadline.expires_at, deadline.head_bytes) == (130, 7)

    def test_the_rest_of_an_answered_body_must_come_at_a_rate(self) -> None:
        deadline = RequestDeadline(10)
        deadline.working()
        deadline.answered(100, head_bytes=0, body_is_complete=False)

        deadline.received(4000, 110)
        slow = deadline.expires_at
        deadline.received(10_000_000, 111)
        fast = deadline.expires_at
        deadline.body_ended(112)

        assert (slow, fast, deadline.expires_at) == (122, 131, 122)


class TestTheTable:
    def test_what_waits_too_long_is_ended(self, clock: Clock) -> None:
        table = table_of(clock)
        slow, working = opened(table, HERE, 2)
        table.works(working)
        working.deadline.working()

        clock.now += 9.9
        table.sweep()
        early = slow.ended
        clock.now += 0.2
        table.sweep()

        assert (early, slow.ended, working.ended, len(table)) == ("", "expired", "", 1)

    def test_who_does_not_read_is_ended_though_a_request_is_worked_on(self, clock: Clock) -> None:
        table = table_of(clock)
        stalled, reading = opened(table, HERE, 2)
        for each in (stalled, reading):
            table.works(each)
            each.deadline.working()
            table.stalls(each, now_stalled=True)
        table.stalls(reading, now_stalled=False)

        clock.now += STALLED_WRITE_S
        table.sweep()

        assert (stalled.ended, reading.ended) == ("stalled", "")

    def test_the_oldest_that_waits_makes_room_for_a_new_one_of_its_address(
        self, clock: Clock
    ) -> None:
        table = table_of(clock)
        first, second, third = opened(table, HERE, 3)
        (other,) = opened(table, THERE)
        table.works(first)

        opened(table, HERE)

        assert [each.ended for each in (first, second, third, other)] == ["", "evicted", "", ""]

    def test_when_all_places_are_taken_the_address_with_the_most_makes_room(
        self, clock: Clock
    ) -> None:
        table = table_of(clock)
        (first,) = opened(table, HERE)
        many = opened(table, THERE, 3)

        opened(table, "10.0.0.3")

        assert first.ended == ""
        assert [each.ended for each in many] == ["evicted", "", ""]

    def test_nobody_who_is_worked_for_makes_room(self, clock: Clock) -> None:
        table = table_of(clock)
        busy = opened(table, HERE, 3)
        for each in busy:
            table.works(each)

        refused = Held((HERE, 9))

        assert not table.opened(refused)
        table.closed(refused)
        assert [each.ended for each in busy] == ["", "", ""]
        assert table.opened(Held((THERE, 9)))
        table.closed(busy[0])
        assert table.opened(Held((HERE, 9)))

    @pytest.mark.parametrize("host", ["10.9.1.1", "::ffff:10.9.1.1", None])
    def test_proxies_and_sockets_in_the_file_system_may_have_all(
        self, clock: Clock, host: str | None
    ) -> None:
        table = table_of(clock)

        for each in opened(table, host, 4):
            table.works(each)

        assert not table.opened(Held((HERE, 1)))

    def test_the_addresses_that_one_client_can_have_count_together(self, clock: Clock) -> None:
        table = table_of(clock, total=100)
        hosts = [f"2001:db8:0:1::{number}" for number in range(1, 4)]
        first, *_ = [opened(table, host)[0] for host in hosts]

        opened(table, "2001:db8:0:1:ffff::1")
        opened(table, "2001:db8:0:2::1")
        (mapped,) = opened(table, "::ffff:10.0.0.1")
        opened(table, HERE, 3)

        assert (first.ended, mapped.ended) == ("evicted", "evicted")

    def test_what_was_ended_is_one_line_of_the_log(
        self, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        table = table_of(clock)
        opened(table, HERE, 3)
        opened(table, HERE)

        clock.now += 11
        with caplog.at_level(logging.WARNING):
            table.sweep()
            table.sweep()

        (line,) = [record.getMessage() for record in caplog.records]
        assert line == "connections ended evicted=1 expired=3 open=0"


class TestOtherServers:
    def test_one_that_cannot_be_bounded_is_told_in_the_log_and_serves_all_the_same(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        with TestClient(create_app(settings)) as client:
            alive = client.get("/health/live")

        assert alive.status_code == 200
        assert "connections are not bounded reason='the server is not Uvicorn'" in caplog.text

    def test_no_more_connections_are_held_than_there_are_files(self) -> None:
        resource = pytest.importorskip("resource")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (RESERVED_FILES + 50, hard))
            within, raised = open_files_limit(20), resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            more, then = open_files_limit(100), resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            too_many = open_files_limit(hard) if hard > 0 else hard - RESERVED_FILES
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

        assert (within, raised) == (20, RESERVED_FILES + 50)
        assert (more, then) == (100, RESERVED_FILES + 100)
        assert too_many == hard - RESERVED_FILES
