"""The application called as a server calls it: pieces of an answer are seen when they are sent."""

from collections.abc import Callable, Sequence

import anyio
import requests
from starlette.testclient import TestClient
from starlette.types import Message


def streamed(
    client: TestClient,
    path: str,
    files: Sequence[tuple[str, tuple[str, bytes]]],
    on_piece: Callable[[bytes], bool],
    *,
    accept: str,
) -> bool:
    """Send files; `on_piece` says whether the client stays after each piece it gets.

    Gives whether the answer was brought to its end.
    """
    request = requests.Request("POST", f"http://testserver{path}", files=list(files)).prepare()
    assert isinstance(request.body, bytes)
    body = request.body
    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"",
        "headers": [
            (b"content-type", request.headers["Content-Type"].encode()),
            (b"accept", accept.encode()),
        ],
        "asgi": {"spec_version": "2.3"}, "client": ("x", 1), "server": ("testserver", 80),
        "scheme": "http", "http_version": "1.1", "root_path": "", "state": {},
    }  # fmt: skip
    ended = []

    async def call() -> None:
        gone, sent = anyio.Event(), False

        async def receive() -> Message:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            piece = message.get("body", b"")
            if message["type"] == "http.response.body" and not message["more_body"]:
                ended.append(True)
            if piece and not on_piece(piece):
                gone.set()
                await anyio.sleep_forever()

        await client.app(scope, receive, send)

    assert client.portal is not None
    client.portal.call(call)
    return bool(ended)
