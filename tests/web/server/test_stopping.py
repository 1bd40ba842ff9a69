"""A server process that is told to end while it has work."""

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until
from tests.web.server_process import Process, server_process

# Less than a slow body may take on a server that goes on.
SOON_S = 15.0


@pytest.fixture
def server(tiny: TinyCheckpoint, tmp_path: Path) -> Iterator[Process]:
    with server_process(tiny, tmp_path) as running:
        yield running


def dripping(connection: socket.socket, ended: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while not ended.wait(0.1):
            connection.sendall(b"0")


class TestStopping:
    def test_what_was_taken_is_answered_and_what_comes_is_refused(self, server: Process) -> None:
        """And a body without an end, which was coming in all the time, does not keep it."""
        statuses: list[int] = []
        refused: list[str] = []

        def ask() -> None:
            with requests.Session() as session:
                while not refused:
                    try:
                        files = {"file": images.png()}
                        answer = session.post(server.url + "/predict", files=files, timeout=60)
                    except requests.ConnectionError as exc:
                        refused.append(str(exc))
                        return
                    statuses.append(answer.status_code)

        with without_an_end(server) as connection, ThreadPoolExecutor(8) as pool:
            for _ in range(8):
                pool.submit(ask)
            wait_until(lambda: len(statuses) > 20, "films were answered")
            server.process.send_signal(signal.SIGTERM)
            cut_off = connection.recv(65536)
            server.process.wait(timeout=SOON_S)

        assert set(statuses) <= {200, 429}
        assert "Traceback" not in server.log
        with pytest.raises(requests.ConnectionError):
            requests.get(server.url + "/health/live", timeout=60)
        assert cut_off.startswith(b"HTTP/1.1 503")
        assert b"connection: close" in cut_off.lower()


@contextlib.contextmanager
def without_an_end(server: Process) -> Iterator[socket.socket]:
    """A film whose body drips in for as long as the block lasts."""
    head = (
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    ended = threading.Event()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head)
        drops = threading.Thread(target=dripping, args=(connection, ended))
        drops.start()
        # An answer on another connection: the first one's head has been read by then.
        assert requests.get(server.url + "/health/live", timeout=60).ok
        try:
            yield connection
        finally:
            ended.set()
            drops.join()
