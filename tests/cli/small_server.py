"""A real HTTP server that answers films as it is told to."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.web.response_checks import PROBLEM_FIELDS

CLASSES = ["Ill", "Normal"]


@dataclass
class Says:
    """Another answer than the usual one; a status of 0 drops the connection."""

    status: int
    detail: str = "The server says no."
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class SmallServer:
    """Its address, what it was sent, and what it says to it."""

    url: str = ""
    # Called with the film's name and how often it was sent; None: an answer.
    says: Callable[[str, int], Says | None] = lambda _name, _times: None
    status: dict[str, Any] = field(
        default_factory=lambda: {"classes": CLASSES, "model_version": "v1"}
    )
    # What its usual answer has otherwise than `answer_to`.
    decides: dict[str, Any] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def names(self) -> list[str]:
        """Of the films it was sent, sorted."""
        return sorted(name for name, _ in self.received)


@contextlib.contextmanager
def small_server() -> Iterator[SmallServer]:
    """Running until the block ends."""
    served = SmallServer()

    class Handler(_Handler):
        server_state = served

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer_to(name: str, content: bytes) -> dict[str, Any]:
    """What `POST /predict` answers."""
    score = len(content) / 1000
    return {
        "id": f"id-of-{name}", "filename": name, "label": "Ill", "confidence": score,
        "probabilities": {"Ill": score, "Normal": 1 - score}, "score": score,
        "decision": "positive", "causes": [], "reasons": ["Because."],
        "operating_point": "balanced", "threshold": 0.5, "prevalence": 0.5, "ppv": None,
        "npv": None, "unlikeness": None, "model_version": "v1", "explanation": None,
        "created_at": "2026-11-21T08:18:29Z",
        "timings": {"decode_ms": 1.0, "inference_ms": 1.0, "total_ms": 2.0},
    }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    server_state: SmallServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        with self.server_state.lock:
            self.server_state.connections += 1

    def do_GET(self) -> None:
        if self.path == "/status":
            self._send(200, self.server_state.status, {})
        else:
            self._send(200, {"operating_points": {"balanced": {}, "screening": {}}}, {})

    def do_POST(self) -> None:
        state = self.server_state
        name, content = self._image()
        with state.lock:
            state.received.append((name, content))
            state.queries.append(self.path)
            state.at.append(time.monotonic())
            times = sum(sent == name for sent, _ in state.received)
        reply = state.says(name, times)
        if reply is None:
            self._send(200, answer_to(name, content) | state.decides, {})
        elif not reply.status:
            self.close_connection = True
        else:
            problem = dict.fromkeys(PROBLEM_FIELDS, "") | {"detail": reply.detail}
            self._send(reply.status, problem, reply.headers)

    def _image(self) -> tuple[str, bytes]:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        _, part = BytesParser().parsebytes(head + body).walk()
        return str(part.get_filename()), bytes(part.get_payload(decode=True))

    def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""
