"""Nobody is answered by an older champion than before, whichever of several nodes answers."""

import asyncio
import time

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import AppError, InvalidRequest, ModelNotReady
from api.serving.live import LiveModel
from api.web.deps import services_in
from api.web.links import route_path
from api.web.middleware.task_paths import DIAGNOSIS, OPEN_INFERENCE
from api.web.problems import refusal

SEQUENCE = "X-Champion-Sequence"
AT_LEAST = "X-Champion-At-Least"
# Where films and rows are answered.
ANSWERING = frozenset({"/predict", "/predict/batch", *DIAGNOSIS})
# Nodes follow the champion within two seconds; a balancer asks another one after that.
WAIT_S = 2.0
POLL_S = 0.05


class ChampionOrder:
    """Adds the number of the champion's move that an answer follows, and heeds the one that a
    client has seen: this node catches up with it, or refuses.

    Numbers only grow, by rollbacks too. So a client that sends back the highest one that it was
    given never meets a version that was replaced before its last answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    @staticmethod
    def _required(scope: Scope) -> str:
        """The number that a request for answers was sent with; empty: none."""
        path = route_path(scope)
        is_image = path in ANSWERING or path.startswith(OPEN_INFERENCE)
        if scope["method"] != "POST" or not is_image:
            return ""
        return Headers(scope=scope).get(AT_LEAST, "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services = services_in(scope) if scope["type"] == "http" else None
        if services is None:
            await self.app(scope, receive, send)
            return
        live = services.serving.live
        try:
            await _caught_up(live, self._required(scope))
        except AppError as exc:
            response = await run_in_threadpool(refusal, Request(scope, receive), exc)
            await response(scope, receive, send)
            return

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                # As it is now: a number that is too high promises more, one that is too low breaks
                # what it promises.
                number = (SEQUENCE.lower().encode(), str(live.sequence).encode())
                message = {**message, "headers": [*message.get("headers", ()), number]}
            await send(message)

        await self.app(scope, receive, numbered)


async def _caught_up(live: LiveModel, min_sequence: str) -> None:
    """Raises: InvalidRequest, ModelNotReady where this node is still behind."""
    if not min_sequence:
        return
    if not (min_sequence.isascii() and min_sequence.isdigit() and len(min_sequence) < 10):
        raise InvalidRequest(
            f"The header {AT_LEAST} has to be a number: the highest {SEQUENCE} that you were given."
        )
    deadline = time.monotonic() + WAIT_S
    while live.sequence < int(min_sequence):
        if time.monotonic() >= deadline:
            raise ModelNotReady(
                f"This node follows move {live.sequence} of the champion, not yet {min_sequence}; "
                "send the request again, another node may answer it."
            )
        await asyncio.sleep(POLL_S)
