"""What stands in the proxies of Ray Serve, around queues such as Ray has (`make test-ray`: Ray)."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.ray.serve_proxy import TAKEN_BYTES, WINDOW_BYTES, BodyTaken, BodyWindow, Problems

PIECE_BYTES = 64_000
PIECES = 200


@dataclass
class Queues:
    """Reads a body into a queue as fast as it comes, as Ray's proxy and its replica do."""

    app: ASGIApp
    most_bytes: int = 0
    _held: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        queue: asyncio.Queue[Message] = asyncio.Queue()

        async def read() -> None:
            while (message := await receive())["type"] != "http.disconnect":
                self._held += len(message["body"])
                self.most_bytes = max(self.most_bytes, self._held)
                queue.put_nowait(message)

        async def take() -> Message:
            message = await queue.get()
            self._held -= len(message["body"])
            return message

        reading = asyncio.create_task(read())
        try:
            await self.app(scope, take, send)
        finally:
            reading.cancel()


@dataclass
class Answer:
    """What a client was sent."""

    messages: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> Headers:
        return Headers(raw=self.messages[0]["headers"])

    @property
    def content(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])


def ask(app: ASGIApp, *, path: str = "/upload-data", pieces: int = PIECES) -> Answer:
    """A body in so many pieces, sent as fast as it is read."""
    answer, left = Answer(), iter(range(pieces - 1, -1, -1))

    async def receive() -> Message:
        await asyncio.sleep(0)
        after = next(left, None)
        if after is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": bytes(PIECE_BYTES), "more_body": bool(after)}

    scope = {"type": "http", "path": path, "headers": []}
    asyncio.run(asyncio.wait_for(_call(app, scope, receive, answer), timeout=60))
    return answer


async def _call(app: ASGIApp, scope: Scope, receive: Receive, answer: Answer) -> None:
    await app(scope, receive, answer.send)


def says(status: int, content: bytes, *headers: tuple[str, str]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    return app


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes a body more slowly than it comes, and says how much it was."""
    size, more = 0, True
    while more:
        for _ in range(5):
            await asyncio.sleep(0)
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    await says(200, str(size).encode())(scope, receive, send)


class TestBodyWindow:
    def test_no_more_than_a_window_of_a_body_waits_for_the_application(self) -> None:
        queues = Queues(BodyTaken(slow))

        answer = ask(BodyWindow(queues))

        assert answer.content == str(PIECES * PIECE_BYTES).encode()
        assert TAKEN_BYTES < queues.most_bytes <= WINDOW_BYTES + PIECE_BYTES

    def test_without_it_most_of_the_body_does(self) -> None:
        queues = Queues(BodyTaken(slow))

        answer = ask(queues)

        assert answer.content == str(PIECES * PIECE_BYTES).encode()
        assert queues.most_bytes > 2 * WINDOW_BYTES

    def test_an_application_that_reads_nothing_answers(self) -> None:
        answer = ask(BodyWindow(Queues(BodyTaken(says(413, b"too large")))))

        assert (answer.status, answer.content) == (413, b"too large")


class TestProblems:
    @pytest.fixture(params=[(503, "dropped"), (404, "no route"), (500, "")])
    def rays(self, request: pytest.FixtureRequest) -> ASGIApp:
        status, text = request.param
        plain = ("content-type", "text/plain; charset=utf-8")
        return says(status, text.encode(), plain, ("x-request-id", "r-1"))

    def test_what_ray_refuses_says_when_to_come_again(self, rays: ASGIApp) -> None:
        answer = ask(Problems(rays), path="/predict")

        problem: dict[str, Any] = json.loads(answer.content)
        assert answer.status == problem["status"] == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert "send the request again" in problem["detail"]
        assert answer.headers["x-request-id"] == problem["request_id"] == "r-1"

    def test_a_replica_that_is_lost_is_named_so(self) -> None:
        async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
            pass

        answer = ask(Problems(nothing), path="/predict")

        assert answer.status == 503
        assert "was lost before it answered" in json.loads(answer.content)["detail"]

    def test_a_request_that_took_too_long_is_not_asked_for_again(self) -> None:
        answer = ask(Problems(says(408, b"timed out", ("content-type", "text/plain"))))

        assert answer.status == 408
        assert "retry-after" not in answer.headers

    def test_the_apis_own_answers_stay_with_one_number(self) -> None:
        own = (("content-type", "application/problem+json"), ("x-request-id", "ours"))
        answer = ask(Problems(says(503, b"{}", *own, ("x-request-id", "rays"))))

        assert (answer.status, answer.content) == (503, b"{}")
        assert answer.headers.getlist("x-request-id") == ["ours"]

    def test_a_range_that_cannot_be_is_refused_as_the_framework_does(self) -> None:
        headers = (("content-type", "text/plain; charset=utf-8"), ("content-range", "bytes */9"))
        answer = ask(Problems(says(416, b"", *headers)))

        assert answer.status == 416
        assert answer.headers["content-range"] == "bytes */9"

    def test_rays_own_pages_stay(self) -> None:
        app = Problems(says(503, b"draining", ("content-type", "text/plain")))

        assert ask(app, path="/-/healthz").content == b"draining"
