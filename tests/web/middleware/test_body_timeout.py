"""How long a body may take, without a server around it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.web.middleware.body_timeout import BodyTimeout


async def read_whole(scope: Scope, receive: Receive, send: Send) -> None:
    await Request(scope, receive).body()


class TestSilence:
    def test_much_of_a_body_buys_no_more_of_it_than_there_was_at_first(self) -> None:
        pieces: list[Message] = [
            {"type": "http.request", "body": bytes(1_000_000), "more_body": True}
        ]

        async def receive() -> Message:
            if not pieces:
                await asyncio.Event().wait()
            return pieces.pop()

        async def send(_: Message) -> None:
            pass

        async def sent() -> None:
            # A second for each byte would be eleven days.
            limited = BodyTimeout(read_whole, timeout_s=0.05, min_bytes_per_s=1.0)
            state = SimpleNamespace(
                services=SimpleNamespace(serving=SimpleNamespace(shutdown=False))
            )
            scope: dict[str, Any] = {
                "type": "http",
                "method": "POST",
                "headers": [],
                "app": SimpleNamespace(state=state),
            }
            async with asyncio.timeout(60):
                await limited(scope, receive, send)

        with pytest.raises(HTTPException) as refused:
            asyncio.run(sent())

        assert refused.value.status_code == 408
