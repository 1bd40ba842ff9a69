"""The server's side of the fork server: asks for compute processes, and learns how they ended."""

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from api.errors import StorageFailed
from api.settings import ROOT

logger = logging.getLogger(__name__)

FORK_SERVER = "api.serving.processes.fork_server"
# Its imports take half a second; on a machine that is busy with something else, many times that.
START_TIMEOUT_S = 60.0
STATUS_TIMEOUT_S = 2.0
# Wait statuses of children that were not waited for.
MAX_STATUSES = 1000

Exited = Callable[[int], None]


class Forks:
    """Owns one fork server; starts it again if it dies. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._statuses: dict[int, int] = {}
        self._watchers: dict[int, Exited] = {}
        self._forked: list[int] = []
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._is_lost = True
        self._closed = False

    def start(self) -> None:
        """Begin to start the fork server, without waiting for it. Raises: StorageFailed."""
        with self._lock:
            if self._is_lost and not self._closed:
                self._start()

    def fork(self, exited: Exited) -> tuple[int, socket.socket]:
        """A new child's process id, and the connection to it; `exited` is called when it ends.

        Raises: StorageFailed if no process can be started.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                return self._fork(theirs, exited), ours
        except BaseException:
            ours.close()
            raise

    def kill(self, pid: int) -> None:
        """End a child that does not answer."""
        with contextlib.suppress(OSError):
            if self._control is not None:
                self._control.sendall(f"kill {pid}\n".encode())

    def status_of(self, pid: int) -> int | None:
        """How a child ended, as `os.waitpid` says it; None if that is not known."""
        with self._changed:
            self._changed.wait_for(lambda: pid in self._statuses, timeout=STATUS_TIMEOUT_S)
            return self._statuses.get(pid)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the children that have not ended."""
        with self._changed:
            return tuple(self._watchers)

    def close(self) -> None:
        """End the fork server; children end with their connections."""
        with self._lock:
            self._closed = True
            if self._control is not None:
                with contextlib.suppress(OSError):
                    self._control.shutdown(socket.SHUT_RDWR)
            if self._server is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._server.wait(timeout=5)
                self._server.kill()
                self._server.wait()

    def _start(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        ours, theirs = socket.socketpair()
        environment = os.environ | {
            # Threads would not survive the fork.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }
        try:
            with theirs:
                self._server = subprocess.Popen(
                    [sys.executable, "-m", FORK_SERVER, str(theirs.fileno())],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                )
        except OSError as exc:
            ours.close()
            raise StorageFailed(f"No process can be started: {exc.strerror or exc}.") from exc
        self._control, self._is_lost = ours, False
        self._forked.clear()
        threading.Thread(target=self._listen, args=(ours,), name="forks", daemon=True).start()

    def _fork(self, connection: socket.socket, exited: Exited) -> int:
        with self._lock:
            if self._closed:
                raise StorageFailed("The server is being stopped; no process is started any more.")
            if self._is_lost:
                self._start()
            control = self._control
            assert control is not None
            try:
                socket.send_fds(control, [b"fork\n"], [connection.fileno()])
            except OSError as exc:
                self._is_lost = True
                raise StorageFailed("The fork server is gone; it is started again.") from exc
            deadline = time.monotonic() + START_TIMEOUT_S
            with self._changed:
                while not self._forked and not self._is_lost:
                    if not self._changed.wait(timeout=max(0.0, deadline - time.monotonic())):
                        self._is_lost = True
                if not self._forked:
                    raise StorageFailed("No compute process could be started; see the log.")
                pid = self._forked.pop(0)
                has_ended = pid in self._statuses
                if not has_ended:
                    self._watchers[pid] = exited
        if has_ended:
            exited(pid)
        return pid

    def _listen(self, control: socket.socket) -> None:
        """What the fork server says, line by line, until it ends."""
        with (
            control,
            contextlib.suppress(OSError),
            control.makefile("r", encoding="ascii") as lines,
        ):
            for line in lines:
                self._note(line.split())
        with self._changed:
            if self._control is control:
                self._is_lost = True
            self._changed.notify_all()
        if not self._closed:
            logger.error("fork server lost; a new one is started when it is needed")

    def _note(self, words: list[str]) -> None:
        watcher: Exited | None = None
        with self._changed:
            match words:
                case ["forked", pid]:
                    # Of an earlier process with this number.
                    self._statuses.pop(int(pid), None)
                    self._forked.append(int(pid))
                case ["exited", pid, status]:
                    while len(self._statuses) >= MAX_STATUSES:
                        del self._statuses[next(iter(self._statuses))]
                    self._statuses[int(pid)] = int(status)
                    watcher = self._watchers.pop(int(pid), None)
            self._changed.notify_all()
        if watcher is not None:
            watcher(int(words[1]))
