"""A real HTTP server whose network is a stand-in: it waits until it is let go, so that nothing
depends on timing."""

import json
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
import uvicorn

from api.serving.scheduling.compute import ComputePool
from tests.support import images
from tests.support.waiting import wait_until

MAX_WAIT_S = 0.05
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
TAIL = b"\r\n--x--\r\n"


@dataclass
class Held:
    """An engine that computes when it is let go; everything else is the real one's."""

    engine: Any
    go: threading.Event = field(default_factory=threading.Event)
    begun: list[int] = field(default_factory=list)

    def infer(self, content: bytes, limits: Any, **options: Any) -> Any:
        self.begun.append(1)
        assert self.go.wait(60)
        return self.engine.infer(content, limits, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


class HeldModel:
    """A live model whose engine is held."""

    def __init__(self, live: Any) -> None:
        self.live, self.engine = live, Held(live.current())

    def current(self) -> Held:
        return self.engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self.live, name)


@dataclass
class Running:
    """A server on a real port."""

    port: int
    server: uvicorn.Server
    app: Any
    held: Held
    pool: ThreadPoolExecutor

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def compute(self) -> ComputePool:
        compute: ComputePool = self.app.state.services.serving.compute
        return compute

    def predict(self, name: str = "a.png") -> httpx.Response:
        files = {"file": (name, images.png())}
        # Certificates take 40 ms of a core to load, and here there are none to check.
        return httpx.post(self.url + "/predict", files=files, timeout=60, verify=False)

    def later(self, name: str = "a.png") -> "Future[httpx.Response]":
        """Send a film and go on; it is in the queue when this returns."""
        before = self.compute.in_flight
        future = self.pool.submit(self.predict, name)
        wait_until(lambda: self.compute.in_flight > before, "the film was in the queue")
        return future

    def raw(self, *pieces: bytes) -> socket.socket:
        """A connection on which these bytes were sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        for piece in pieces:
            connection.sendall(piece)
        return connection


def answered(connection: socket.socket) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and body of the next response on a connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return int(status.split()[1]), headers, json.loads(body)


def head(length: str, path: str = "/predict") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()
