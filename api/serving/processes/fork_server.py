"""The process that compute processes are forked from: everything is imported once, and shared.

It has one thread and decodes nothing. Over its control connection it takes `fork` (with the
child's end of a connection) and `kill PID`, and says `forked PID` and `exited PID STATUS`. It ends
when the server closes the connection or dies.

    python -m api.serving.processes.fork_server DESCRIPTOR
"""

import gc
import os
import selectors
import signal
import socket
import sys

from PIL import Image

from api import logs
from api.serving.processes import child


def main() -> None:
    """Serve the control connection whose descriptor is the first argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # Settings would take memory that every compute process has then.
    form = "json" if os.environ.get("ROENTGEN_LOG_FORMAT") == "json" else "text"
    logs.configure("INFO", form)  # type: ignore[arg-type]
    # The server decides when its children end, not who presses Ctrl-C in its terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Image.init()
    # Objects that the collector never visits are pages that stay shared.
    gc.collect()
    gc.freeze()
    ForkServer(control).run()


class ForkServer:
    """Forks children and reaps them."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pending = b""
        self._descriptors: list[int] = []
        self._children: set[int] = set()
        self._woken, self._waking = socket.socketpair()
        for end in (self._woken, self._waking):
            end.setblocking(False)

    def run(self) -> None:
        """Serve until the control connection closes."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno(), warn_on_full_buffer=False)
        self._control.sendall(b"ready\n")
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ, self._read)
            selector.register(self._woken, selectors.EVENT_READ, self._reap)
            while all(key.data() for key, _ in selector.select()):
                pass
        # Nobody is left to be answered.
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _read(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 16)
        except OSError:
            return False
        self._descriptors += descriptors
        if not message:
            return False
        *lines, self._pending = (self._pending + message).split(b"\n")
        for line in lines:
            self._obey(line)
        return True

    def _obey(self, line: bytes) -> None:
        match line.split():
            case [b"fork"]:
                self._fork(socket.socket(fileno=self._descriptors.pop(0)))
            case [b"kill", pid] if int(pid) in self._children:
                os.kill(int(pid), signal.SIGKILL)

    def _fork(self, connection: socket.socket) -> None:
        pid = os.fork()
        if not pid:
            self._become_child(connection)
        connection.close()
        self._children.add(pid)
        self._control.sendall(f"forked {pid}\n".encode())

    def _become_child(self, connection: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self._control, self._woken, self._waking):
            end.close()
        child.run(connection)

    def _reap(self) -> bool:
        try:
            while self._woken.recv(4096):
                pass
        except BlockingIOError:
            pass
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            self._children.discard(pid)
            try:
                self._control.sendall(f"exited {pid} {status}\n".encode())
            except OSError:
                return False
        return True


if __name__ == "__main__":
    main()
