"""A server process of its own on the tiny checkpoint, and what it leaves behind."""

import contextlib
import os
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Process:
    """A server of one worker, and what it writes."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def rss(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def left_behind(self) -> list[str]:
        """Temporary files, by name."""
        at = (
            self.folder / "temporary",
            self.folder / "state/batches",
            self.folder / "state/checks",
        )
        found = [path for folder in at for path in folder.rglob("*")]
        return [str(path.relative_to(self.folder)) for path in found]

    def send(self, pieces: Iterable[bytes]) -> bytes:
        """What the server says to these bytes, up to the end of the connection or of an answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            with contextlib.suppress(OSError):
                for piece in pieces:
                    connection.sendall(piece)
                    if select.select([connection], [], [], 0)[0]:
                        break
            return _received(connection)

    def is_cut_off(self, pieces: Iterable[bytes]) -> bool:
        """Whether the server ends the connection before all of it was sent, whatever it says."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
            except ConnectionError:
                return True
        return False


@contextlib.contextmanager
def server_process(
    tiny: TinyCheckpoint, folder: Path, *options: str, **settings: str
) -> Iterator[Process]:
    """Ready when the block begins; ended with it. `options` are those of Uvicorn."""
    copy_checkpoint(tiny.weights, folder / "models/default.h5")
    for name in ("state/compiled", "temporary"):
        (folder / name).mkdir(parents=True)
    shutil.copy(tiny.compiled, folder / "state/compiled")
    with _serving(folder, folder / "log", settings, options) as running:
        yield running


@contextlib.contextmanager
def another_server(first: Process, **settings: str) -> Iterator[Process]:
    """A second one on the same folders; ready when the block begins, ended with it."""
    with _serving(first.folder, first.folder / "second.log", settings) as running:
        yield running


@contextlib.contextmanager
def _serving(
    folder: Path, log_file: Path, settings: dict[str, str], options: tuple[str, ...] = ()
) -> Iterator[Process]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "default_model": str(folder / "models/default.h5"),
        "models_dir": str(folder / "models"),
        "retrain_dir": str(folder / "retrain_data"),
        "state_dir": str(folder / "state"),
        "compute_threads": "2",
    } | settings
    environment = {f"ROENTGEN_{name.upper()}": value for name, value in own.items()}
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "api.main:app", "--port", str(port), *options],
            cwd=ROOT,
            env=os.environ | environment | {"TMPDIR": str(folder / "temporary")},
            stdout=log,
            stderr=log,
        )
    running = Process(port, folder, process)
    try:
        wait_until(lambda: _is_ready(running), "the server was ready")
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


def _is_ready(server: Process) -> bool:
    assert server.process.poll() is None, server.log
    # A refused request costs fifty times as much as a refused connection, and a start has hundreds.
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", server.port)):
            return False
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(server.url + "/health/ready", timeout=30).ok
    return False


def _received(connection: socket.socket) -> bytes:
    """One answer with its whole body, or what there was of it before the connection ended."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while not _is_whole(received):
            piece = connection.recv(65536)
            if not piece:
                break
            received += piece
    return received


def _is_whole(received: bytes) -> bool:
    head, separator, body = received.partition(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length")]
    return bool(separator and lengths) and len(body) >= lengths[0]
