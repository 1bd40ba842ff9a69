"""What stands between the program and its object store, and lets it fail as networks do."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from tests.support.s3_server import HOST, s3_port

Fault = Literal["503", "400", "silent", "half upload", "half download"]


@dataclass(slots=True)
class Faults:
    """`now` happens to every request, at most `most` times, until it is None again."""

    now: Fault | None = None
    most: int = 1_000_000
    # How many it was done to.
    count: int = 0
    over: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def faulty_store() -> Iterator[tuple[int, Faults]]:
    """A port that leads to the S3 server, and what goes wrong on the way."""
    faults = Faults()

    class Between(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def _pass(self) -> None:
            fault = faults.now if faults.count < faults.most else None
            length = int(self.headers.get("Content-Length") or 0)
            if fault:
                faults.count += 1
            if fault == "half upload":
                self.rfile.read(length // 2)
                self.close_connection = True
                return
            body = self.rfile.read(length)
            if fault == "silent":
                faults.over.wait(30)
                self.close_connection = True
                return
            if fault == "503":
                self._answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
                return
            if fault == "400":
                self._answer(400, {}, b"<Error><Code>KeyTooLongError</Code></Error>")
                return
            upstream = http.client.HTTPConnection(HOST, s3_port(), timeout=30)
            upstream.request(self.command, self.path, body, dict(self.headers.items()))
            answer = upstream.getresponse()
            content = answer.read()
            headers = {k: v for k, v in answer.getheaders() if k.lower() not in HOP_BY_HOP}
            self._answer(answer.status, headers, content, half=fault == "half download")
            upstream.close()

        def _answer(
            self, status: int, headers: dict[str, str], content: bytes, *, half: bool = False
        ) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if half else content)
            self.close_connection = half or self.close_connection

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever waited too long has gone."""

    server = Server((HOST, 0), Between)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], faults
    finally:
        faults.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "date", "server"})
