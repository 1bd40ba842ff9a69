"""Which of all processes does a piece of work."""

import logging

from api.errors import AppError
from api.records.locks import ServerLock

logger = logging.getLogger(__name__)


class Duty:
    """Work of one process at a time: whoever takes it has it until it leaves, or ends.

    It is not taken anew each time: what was told while the records could not be written is known
    to the process that told it, and another one would tell it again.
    """

    def __init__(self, lock: ServerLock) -> None:
        """Args:
        lock: where it cannot be asked for, who had it goes on.
        """
        self._lock = lock
        self._has_left, self._was_ours = False, False

    def is_ours(self) -> bool:
        """Whether this process has it, or takes it now."""
        if self._has_left:
            return False
        try:
            self._was_ours = self._lock.acquire()
        except AppError as exc:
            logger.warning("no lock reason=%r", exc.message)
        return self._was_ours

    def leave(self) -> None:
        """Let another process take it."""
        self._has_left = True
        self._lock.release()
