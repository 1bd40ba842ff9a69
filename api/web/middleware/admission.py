"""Who is let in: nobody when the queue is full."""

import asyncio
import contextvars
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Overloaded
from api.web.deps import services_of_scope
from api.web.links import route_path
from api.web.middleware.body_timeout import waits_to_send
from api.web.problems import overloaded_response

logger = logging.getLogger(__name__)

# Marks a request that is counted in a line of the log instead of having one: in a flood a line
# each would cost as much as the refusals do, and bury every other.
COUNTED = "roentgen.counted"
LINE_EVERY_S = 1.0
# How long an early refusal is kept back at most: a share of the longest wait for an answer, and
# never so long that clients give up, or that a server that is being stopped has to wait for it.
HOLD_SHARE = 0.75
MAX_HOLD_S = 1.0
# Connections of which it is known what they were told.
MAX_REMEMBERED = 10_000


class Admission:
    """Refuses a film that would wait too long, without waiting for its body.

    A refusal costs tenths of a millisecond, so that a flood leaves the time to those who were let
    in. Where one comes over a connection that was told to wait and did not, and has to be refused
    again, that is kept back a while: as nothing else stops it, it would be refused hundreds of
    times a second. A client that heeds `Retry-After`, on a connection of its own, never meets this.

    Args:
        paths: where films are sent to, with POST.
        max_wait_s: longest that a film waits for its turn.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        paths: frozenset[str],
        max_wait_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.app, self._paths, self._sleep = app, paths, sleep
        self._retry_after = RetryAfterLog(min(HOLD_SHARE * max_wait_s, MAX_HOLD_S), clock)
        self._refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_image(scope):
            await self.app(scope, receive, send)
            return
        try:
            come = services_of_scope(scope).serving.compute.announce()
        except Overloaded as exc:
            await self._refuse(exc, scope, receive, send)
            return

        async def noted() -> Message:
            message = await receive()
            if not message.get("more_body", False):
                come()
            return message

        try:
            await self.app(scope, noted, send)
        finally:
            come()

    def _is_image(self, scope: Scope) -> bool:
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        return is_post and route_path(scope) in self._paths

    async def _refuse(self, exc: Overloaded, scope: Scope, receive: Receive, send: Send) -> None:
        scope[COUNTED] = True
        self._count()
        too_early_s = self._retry_after.too_early_s(scope.get("client"))
        await self._hold(scope, receive, too_early_s)
        if too_early_s:
            exc = _current_refusal(exc, scope)
        self._retry_after.add(scope.get("client"), exc.retry_after_s)
        await overloaded_response(Request(scope), exc)(scope, receive, send)

    async def _hold(self, scope: Scope, receive: Receive, seconds: float) -> None:
        # The server would hold what has come of the body, a quarter of a megabyte, for as long as
        # the connection has no other request; without any wait this takes what is here already.
        reading = None if waits_to_send(scope) else asyncio.ensure_future(_drain(receive))
        try:
            await self._sleep(seconds)
        finally:
            if reading:
                reading.cancel()

    def _count(self) -> None:
        if not self._refused:
            # The line is nobody's: without a context it has no request's id.
            loop = asyncio.get_running_loop()
            loop.call_later(LINE_EVERY_S, self._log, context=contextvars.Context())
        self._refused += 1

    def _log(self) -> None:
        logger.warning("films refused status=429 count=%d seconds=%g", self._refused, LINE_EVERY_S)
        self._refused = 0


def _current_refusal(exc: Overloaded, scope: Scope) -> Overloaded:
    """The refusal of a film whose body is read past; there may be room for it by now."""
    try:
        services_of_scope(scope).serving.compute.check()
    except Overloaded as newer:
        return newer
    return Overloaded(f"{exc.message} By now there is room.", retry_after_s=1)


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


class RetryAfterLog:
    """When each connection was told to come again; it is known by its client's address and port.

    Behind a proxy that names its clients there is mostly no port, and a connection is not one
    client's: nothing is remembered of those.
    """

    def __init__(self, max_s: float, clock: Callable[[], float]) -> None:
        self._max_s, self._clock = max_s, clock
        self._until: OrderedDict[tuple[str, int], float] = OrderedDict()

    def add(self, client: tuple[str, int] | None, retry_after_s: float) -> None:
        """It was told to come again after so many seconds."""
        now = self._clock()
        if client is not None and client[1]:
            self._until[client] = now + retry_after_s
            self._until.move_to_end(client)
        while self._until and self._is_one_to_forget(now):
            self._until.popitem(last=False)

    def too_early_s(self, client: tuple[str, int] | None) -> float:
        """How much too early it is; 0 for one that was told nothing, and no more than the most."""
        until = self._until.get(client, 0.0) if client else 0.0
        return min(max(0.0, until - self._clock()), self._max_s)

    def _is_one_to_forget(self, now: float) -> bool:
        return len(self._until) > MAX_REMEMBERED or next(iter(self._until.values())) <= now
