"""A network that takes its time: each connection waits before its first byte goes on."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

BLOCK_BYTES = 1 << 16


@contextmanager
def slowed(url: str, delay_s: float) -> Iterator[str]:
    """An address that leads to `url`; the UI opens a connection a question, so each is so late."""
    target = urlsplit(url)
    assert target.hostname is not None
    assert target.port is not None
    to = (target.hostname, target.port)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        threading.Thread(target=_accept, args=(listening, to, delay_s), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _accept(listening: socket.socket, to: tuple[str, int], delay_s: float) -> None:
    # It ends when the address is closed.
    with contextlib.suppress(OSError):
        while True:
            near, _ = listening.accept()
            threading.Thread(target=_join, args=(near, to, delay_s), daemon=True).start()


def _join(near: socket.socket, to: tuple[str, int], delay_s: float) -> None:
    with near, contextlib.suppress(OSError):
        time.sleep(delay_s)
        with socket.create_connection(to) as far:
            back = threading.Thread(target=_pump, args=(far, near), daemon=True)
            back.start()
            _pump(near, far)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK_BYTES):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)
