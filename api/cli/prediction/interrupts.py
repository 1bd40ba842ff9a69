"""Ctrl-C between two films instead of in the middle of one."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class StopRequest:
    """Whether somebody wants this to end."""

    def __init__(self) -> None:
        self._stop = False

    def __bool__(self) -> bool:
        return self._stop

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """The first Ctrl-C is remembered; the second does not wait."""
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True


@contextlib.contextmanager
def stop_on_interrupt() -> Iterator[StopRequest]:
    """From here to the end of the block Ctrl-C is a wish; where no signal arrives there is none."""
    stop = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    former = signal.signal(signal.SIGINT, stop.note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, former)
