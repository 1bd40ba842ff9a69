"""Whether this worker is being stopped, for answers that never end by themselves.

A server that is stopped waits for its answers to end before it tells the application; a stream
has to know earlier.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Shutdown:
    """Set by the signals that stop a server, on their way to the server's own handlers."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def watch(self) -> None:
        """Listen from now on; without effect outside the main thread, where no signal arrives."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            signal.signal(number, self._noting(signal.getsignal(number)))

    def set(self) -> None:
        """From here on streams end."""
        self._event.set()

    def _noting(self, former: Any) -> Callable[[int, FrameType | None], None]:
        def note(number: int, frame: FrameType | None) -> None:
            self.set()
            if callable(former):
                former(number, frame)
            elif former == signal.SIG_DFL:
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)

        return note
