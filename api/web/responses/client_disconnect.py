"""Waiting for an answer only as long as somebody waits for it."""

import asyncio
from concurrent.futures import Future
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

T = TypeVar("T")


async def unless_disconnected(request: Request, future: "Future[T]") -> T:
    """The result of queued work; work that has not begun is dropped when its client goes away.

    The body of the request must have been read: what comes after it is the end of the connection.

    Raises: ClientDisconnect, and what the work raises.
    """
    result = asyncio.wrap_future(future)
    if future.running() or future.done():
        return await result
    gone = asyncio.ensure_future(request.receive())
    either: set[asyncio.Future[Any]] = {result, gone}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not result.done() and future.cancel():
            raise ClientDisconnect
        return await result
    finally:
        gone.cancel()
