"""A port that leads to another one, or, for a time, nowhere: a server that is away."""

import contextlib
import selectors
import socket
import socketserver
import threading


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    target = 0


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.server.target)) as other,
            selectors.DefaultSelector() as ready,
        ):
            for one, to in ((self.request, other), (other, self.request)):
                ready.register(one, selectors.EVENT_READ, to)
            while True:
                for key, _ in ready.select():
                    piece = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not piece:
                        return
                    key.data.sendall(piece)


class Relay:
    """It listens between `start` and `stop`, as often as wanted."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._server: _Server | None = None

    def start(self, target: int) -> None:
        self._server = _Server(("127.0.0.1", self.port), _Connection)
        self._server.target = target
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
