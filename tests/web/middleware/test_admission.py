"""Who is refused, and who waits for it; without a server around it."""

import asyncio
import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.errors import Overloaded
from api.logs import request_id
from api.web.middleware import admission
from api.web.middleware.admission import COUNTED, HOLD_SHARE, MAX_HOLD_S, Admission, RetryAfterLog
from tests.support.clock import Clock

HERE = ("10.0.0.7", 50001)
ELSEWHERE = ("10.0.0.7", 50002)
RETRY_AFTER_S = 2


class Door:
    """Admission before a full queue, on a clock that sleeping moves."""

    def __init__(self, max_wait_s: float = 1.0) -> None:
        self.clock = Clock()
        self.retry_after_s, self.is_full_later = RETRY_AFTER_S, True
        self.slept: list[float] = []
        self.read: list[tuple[str, int]] = []
        self.admission = Admission(
            self._nobody,
            paths=frozenset({"/predict"}),
            max_wait_s=max_wait_s,
            clock=self.clock,
            sleep=self._sleep,
        )

    def announce(self) -> None:
        """What a queue says that has no place."""
        self._refuse()

    def check(self) -> None:
        """The same, when one has waited for its refusal."""
        if self.is_full_later:
            self._refuse()

    def _refuse(self) -> None:
        raise Overloaded("There are 9 films before this one.", retry_after_s=self.retry_after_s)

    async def ask(
        self, client: tuple[str, int] | None, *headers: tuple[bytes, bytes]
    ) -> tuple[int, Scope, bytes]:
        """Send a film; gives the status of the answer, what is known of the request, the body."""
        sent: list[Message] = []
        state = SimpleNamespace(services=SimpleNamespace(serving=SimpleNamespace(compute=self)))
        scope: dict[str, Any] = {
            **{"type": "http", "method": "POST", "path": "/predict", "query_string": b""},
            **{"headers": list(headers), "client": client, "app": SimpleNamespace(state=state)},
        }

        async def send(message: Message) -> None:
            sent.append(message)

        await self.admission(scope, self._body_of(client), send)
        return sent[0]["status"], scope, sent[1]["body"]

    def _body_of(self, client: tuple[str, int] | None) -> Receive:
        """Two pieces; then nothing more comes."""
        pieces = iter([True, False])

        async def receive() -> Message:
            more = next(pieces, None)
            if more is None:
                await asyncio.Event().wait()
            if client:
                self.read.append(client)
            return {"type": "http.request", "body": b"film", "more_body": more}

        return receive

    async def _sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        await asyncio.sleep(0)
        self.clock.now += seconds

    @staticmethod
    async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("somebody was let in")


@pytest.fixture
def door() -> Door:
    return Door()


class TestComingBack:
    def test_the_first_refusal_comes_at_once(self, door: Door) -> None:
        async def twice() -> list[int]:
            return [(await door.ask(client))[0] for client in (HERE, ELSEWHERE)]

        assert asyncio.run(twice()) == [429, 429]
        assert door.slept == []

    def test_what_has_come_of_a_body_is_not_kept(self, door: Door) -> None:
        async def twice() -> None:
            for client in (HERE, HERE):
                await door.ask(client)

        asyncio.run(twice())
        assert door.read == [HERE] * 4

    def test_who_comes_too_early_waits_for_the_next(self, door: Door) -> None:
        async def at(moment: float) -> None:
            door.clock.now = moment
            await door.ask(HERE)

        asyncio.run(at(10.0))
        asyncio.run(at(10.1))
        assert door.slept == [HOLD_SHARE]
        # It was told once more when that refusal came.
        asyncio.run(at(10.1 + HOLD_SHARE + RETRY_AFTER_S - 0.25))
        assert door.slept == [HOLD_SHARE, pytest.approx(0.25)]

    def test_a_body_that_is_not_sent_unasked_is_not_asked_for(self, door: Door) -> None:
        async def twice() -> None:
            for _ in range(2):
                await door.ask(HERE, (b"expect", b"100-continue"))

        asyncio.run(twice())
        assert (door.slept, door.read) == ([HOLD_SHARE], [])

    def test_nobody_waits_long_for_it_where_answers_may_take_long(self) -> None:
        patient = Door(max_wait_s=60.0)

        async def twice() -> None:
            for _ in range(2):
                await patient.ask(HERE)

        patient.retry_after_s = 60
        asyncio.run(twice())
        assert patient.slept == [MAX_HOLD_S]

    def test_who_comes_when_it_was_told_to_does_not(self, door: Door) -> None:
        async def twice() -> None:
            await door.ask(HERE)
            door.clock.now += RETRY_AFTER_S
            await door.ask(HERE)

        asyncio.run(twice())
        assert door.slept == []

    @pytest.mark.parametrize("client", [None, ("10.0.0.7", 0)], ids=["unknown", "behind a proxy"])
    def test_who_cannot_be_told_from_others_does_not(
        self, door: Door, client: tuple[str, int] | None
    ) -> None:
        async def twice() -> None:
            await door.ask(client)
            await door.ask(client)

        asyncio.run(twice())
        assert door.slept == []

    def test_what_it_is_told_is_true_when_it_is_told(self, door: Door) -> None:
        async def twice() -> bytes:
            await door.ask(HERE)
            door.is_full_later = False
            return (await door.ask(HERE))[2]

        response = json.loads(asyncio.run(twice()))
        assert response["detail"] == "There are 9 films before this one. By now there is room."


class TestRetryAfter:
    def test_what_is_past_is_forgotten(self) -> None:
        clock = Clock()
        retry_log = RetryAfterLog(1.0, clock)
        retry_log.add(HERE, 2)
        clock.now = 2.0
        retry_log.add(ELSEWHERE, 2)

        assert list(retry_log._until) == [ELSEWHERE]

    def test_no_more_than_so_many_are_remembered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(admission, "MAX_REMEMBERED", 3)
        retry_log = RetryAfterLog(1.0, Clock())
        for port in range(1, 6):
            retry_log.add(("10.0.0.7", port), 2)

        assert [retry_log.too_early_s(("10.0.0.7", port)) for port in range(1, 6)] == [
            0,
            0,
            1,
            1,
            1,
        ]


class TestLog:
    def test_refusals_are_counted_in_one_line(
        self, door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(admission, "LINE_EVERY_S", 0.0)
        # Which request a line belongs to is seen where it is written.
        ids: list[str] = []

        def noted(_: logging.LogRecord) -> bool:
            ids.append(request_id.get())
            return True

        monkeypatch.setattr(caplog.handler, "filters", [noted])

        async def thrice() -> list[bool]:
            request_id.set("somebody's")
            clients = [(HERE[0], port) for port in range(1, 4)]
            answers = await asyncio.gather(*map(door.ask, clients))
            async with asyncio.timeout(60):
                while not caplog.records:
                    await asyncio.sleep(0)
            return [COUNTED in scope for _, scope, _ in answers]

        with caplog.at_level(logging.WARNING, logger="api.web.middleware.admission"):
            assert asyncio.run(thrice()) == [True] * 3

        (line,) = caplog.records
        assert line.getMessage() == "films refused status=429 count=3 seconds=0"
        assert ids == ["-"]
