"""What stands between the program and its PostgreSQL server, and lets it fail as networks do."""

import contextlib
import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tests.support.postgres import ACCOUNT, PostgresServer

HOST = "127.0.0.1"
# As the server's Unix socket is called in its folder.
SOCKET = ".s.PGSQL.5432"
PIECE = 65_536
COMMIT = b"COMMIT"


@dataclass(slots=True)
class Way:
    """How a connection fares; may be changed at any time.

    `lost`: of a transaction in which `after` was said, the COMMIT reaches the server and its answer
    is lost with the connection (`answer`), or it does not reach it either (`commit`).
    """

    lost: Literal["answer", "commit"] | None = None
    after: bytes = b""
    # Cleared, nothing goes through any more, and no connection ends.
    is_open: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def relayed(server: PostgresServer, url: str) -> Iterator[tuple[str, Way]]:
    """A database's URL by a port that leads to the server, and what may go wrong on the way."""
    way = Way()
    way.is_open.set()

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as upstream:
                way.is_open.wait()
                upstream.connect(str(server.folder / SOCKET))
                _pass_on(self.request, upstream, way)

    class Relay(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 100

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever waited too long has gone."""

    relay = Relay((HOST, 0), Connection)
    thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    name, port = url.partition("@/")[2].partition("?")[0], relay.server_address[1]
    try:
        yield f"postgresql+psycopg://{ACCOUNT}@{HOST}:{port}/{name}", way
    finally:
        way.is_open.set()
        relay.shutdown()
        thread.join()
        relay.server_close()


def _pass_on(client: socket.socket, server: socket.socket, way: Way) -> None:
    """Until one of them ends, or the answer to a COMMIT is to be lost."""
    was_heard = False
    with selectors.DefaultSelector() as ready:
        ready.register(client, selectors.EVENT_READ, server)
        ready.register(server, selectors.EVENT_READ, client)
        while True:
            for key, _ in ready.select():
                way.is_open.wait()
                piece = key.fileobj.recv(PIECE)  # type: ignore[union-attr]
                if not piece:
                    return
                was_heard = was_heard or bool(way.after and way.after in piece)
                if way.lost and was_heard and key.fileobj is client and COMMIT in piece:
                    if way.lost == "answer":
                        server.sendall(piece)
                        server.recv(PIECE)
                    return
                key.data.sendall(piece)
