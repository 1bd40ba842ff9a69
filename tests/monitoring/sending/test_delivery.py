"""Messages are tried again, for a while, and not for ever."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from api.errors import DeliveryFailed, NothingToDeliver, StorageUnavailable, StoreBusy
from api.monitoring.sending.delivery import Delivery, retry_after_s
from api.records.alerting import events, outbox
from api.records.alerting.events import Event, EventType
from api.records.alerting.outbox import Address, Message, MessageState
from api.records.database import writing
from tests.support.locked_database import locked

START = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESSES = [Address("webhook", "a"), Address("webhook", "b")]


class Post:
    """A sender that fails at some addresses, and a clock."""

    def __init__(self, database: Engine, *, fails_at: tuple[str, ...] = ()) -> None:
        self.database, self.fails_at = database, fails_at
        self.moment, self.sent, self.tried = START, [], []  # type: ignore[var-annotated]
        self.finished: list[str] = []
        self.delivery = Delivery(
            database,
            lambda _: ADDRESSES,
            {"webhook": self.send},
            give_up_after=timedelta(hours=1),
            finished=lambda message: self.finished.append(message.destination),
            clock=lambda: self.moment,
            jitter=lambda: 0.0,
        )

    def send(self, destination: str, payload: Mapping[str, Any]) -> None:
        self.tried.append(destination)
        if destination in self.fails_at:
            raise DeliveryFailed("It is down.")
        self.sent.append((destination, payload["id"]))

    def happened(self, *ids: str) -> None:
        found = [
            Event(each, EventType.PROMOTED, "pneumonia", self.moment, {"n": 1}) for each in ids
        ]
        with writing(self.database) as connection:
            events.add(connection, found)

    def passes(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.delivery.deliver()


class TestDelivery:
    def test_each_event_is_sent_to_each_address_once(self, database: Engine) -> None:
        post = Post(database)
        post.happened("one", "two")
        post.happened("one")
        post.passes(0)
        post.passes(60)

        assert sorted(post.sent) == [("a", "one"), ("a", "two"), ("b", "one"), ("b", "two")]

    def test_what_fails_is_tried_again_later_and_later_and_keeps_nobody_waiting(
        self, database: Engine
    ) -> None:
        post = Post(database, fails_at=("b",))
        post.happened("one")
        post.passes(0)
        tried_after = []
        for second in range(1, 100):
            before = len(post.tried)
            post.passes(1)
            if len(post.tried) > before:
                tried_after.append(second)

        assert post.sent == [("a", "one")]
        assert tried_after == [5, 15, 35, 75]

    def test_it_arrives_when_its_address_is_back(self, database: Engine) -> None:
        post = Post(database, fails_at=("b",))
        post.happened("one")
        post.passes(0)
        post.fails_at = ()
        post.passes(10)

        assert post.sent == [("a", "one"), ("b", "one")]
        assert {m.state for m in outbox.newest(database, state=None, limit=9)} == {"delivered"}

    def test_it_is_given_up_after_the_time_that_is_set(self, database: Engine) -> None:
        post = Post(database, fails_at=("b",))
        post.happened("one")
        for _ in range(70):
            post.passes(60)

        (message,) = outbox.newest(database, state=MessageState.GIVEN_UP, limit=9)
        assert (message.destination, message.last_error) == ("b", "It is down.")
        assert message.finished_at is not None
        assert timedelta(0) < message.finished_at - START < timedelta(hours=1)
        assert post.finished == ["a", "b"]
        tries = len(post.tried)
        post.passes(7200)
        assert len(post.tried) == tries
        a, b = outbox.totals(database)
        assert (a.delivered, a.given_up, b.delivered, b.given_up) == (1, 0, 0, 1)
        assert (a.last_delivered_at, b.last_delivered_at) == (START + timedelta(seconds=60), None)

    def test_what_is_gone_is_given_up_at_once_and_events_are_left_to_others(
        self, database: Engine
    ) -> None:
        def gone(_destination: str, _payload: Mapping[str, Any]) -> None:
            raise NothingToDeliver("It was erased.")

        post = Post(database)
        post.happened("one")
        with writing(database) as connection:
            address = Address("dicom", "pacs")
            outbox.add(connection, address, event_id="x", payload={}, moment=START)

        Delivery(database, None, {"dicom": gone}, give_up_after=timedelta(hours=1)).deliver()

        (message,) = outbox.newest(database, state=None, limit=9)
        assert (message.state, message.last_error) == (MessageState.GIVEN_UP, "It was erased.")
        (total,) = outbox.totals(database)
        assert (total.given_up, total.last_error) == (1, "It was erased.")

    def test_what_cannot_be_cleared_up_keeps_no_other_message_waiting(
        self, database: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        def away(_message: Message) -> None:
            raise StorageUnavailable("The store is away.")

        post = Post(database)
        post.delivery._finished = away
        post.happened(*map(str, range(30)))
        post.passes(0)

        assert len(post.sent) == 60
        assert {m.state for m in outbox.newest(database, state=None, limit=99)} == {"delivered"}
        assert "The store is away." in caplog.text

    def test_an_unexpected_error_of_a_sender_is_a_failure_too(
        self, database: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        post = Post(database)
        post.delivery._senders = {"webhook": lambda *_: 1 / 0}  # type: ignore[dict-item]
        post.happened("one")
        post.passes(0)

        errors = {m.last_error for m in outbox.newest(database, state=None, limit=9)}
        assert errors == {"Unexpected: ZeroDivisionError."}
        assert "ZeroDivisionError" in caplog.text

    def test_other_kinds_wait_for_a_program_that_can_send_them(self, database: Engine) -> None:
        post = Post(database)
        with writing(database) as connection:
            address = Address("dicom", "pacs")
            outbox.add(connection, address, event_id="x", payload={}, moment=START)
        post.passes(0)

        (message,) = outbox.newest(database, state=None, limit=9)
        assert (message.kind, message.state, message.attempts) == ("dicom", "waiting", 0)

    def test_while_the_records_are_locked_nothing_is_lost(self, database: Engine) -> None:
        post = Post(database)
        post.happened("one")
        with locked(database), pytest.raises(StoreBusy):
            post.passes(0)
        assert post.tried == []
        post.passes(1)

        assert sorted(post.sent) == [("a", "one"), ("b", "one")]

    def test_what_was_finished_long_ago_is_forgotten_and_what_waits_is_not(
        self, database: Engine
    ) -> None:
        post = Post(database)
        post.happened("one")
        with writing(database) as connection:
            address = Address("dicom", "pacs")
            outbox.add(connection, address, event_id="x", payload={}, moment=START)
        post.passes(0)
        post.passes(31 * 86_400)

        assert [m.kind for m in outbox.newest(database, state=None, limit=9)] == ["dicom"]


class TestBackOff:
    def test_it_doubles_up_to_an_hour(self) -> None:
        assert [retry_after_s(n, 0.0) for n in (0, 1, 2, 9, 10, 10_000)] == [
            5, 10, 20, 2560, 3600, 3600,
        ]  # fmt: skip

    def test_chance_takes_off_up_to_a_half(self) -> None:
        assert [retry_after_s(0, jitter) for jitter in (0.0, 0.5, 1.0)] == [5, 3.75, 2.5]
