"""Whether a store of several machines answers, as somebody found who had the time to wait."""

import logging
import threading
import time
from collections.abc import Callable

from api.errors import AppError, StorageUnavailable
from api.storage.blob_store import BlobStore

logger = logging.getLogger(__name__)


class StoreHealth:
    """The last result of asking a store. One thread calls `look`; nobody else waits for the store.

    Args:
        store: None where there is none, which is always well.
        silent_after_s: a look that takes longer than this counts as a store that does not answer,
            as one on a network file system whose server is gone.
    """

    def __init__(
        self,
        store: BlobStore | None,
        *,
        silent_after_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._silent_after_s, self._clock = store, silent_after_s, clock
        self._lock = threading.Lock()
        self._problem: AppError | None = None
        self._asked_at: float | None = None

    def look(self) -> None:
        """Ask the store, however long that takes; a change is logged."""
        if self._store is None:
            return
        with self._lock:
            self._asked_at = self._clock()
        problem = _problem_of(self._store)
        with self._lock:
            former, self._problem, self._asked_at = self._problem, problem, None
        if problem and not former:
            logger.warning("store away reason=%r", problem.message)
        elif former and not problem:
            logger.info("store answers again")

    def check(self) -> None:
        """Returns at once. Raises: AppError, what the last look ended with."""
        with self._lock:
            problem, asked_at = self._problem, self._asked_at
        if problem:
            raise problem
        if asked_at is not None and self._clock() - asked_at > self._silent_after_s:
            raise StorageUnavailable(
                "The shared store does not answer; look at it, and at the network between."
            )

    @property
    def problem(self) -> str | None:
        """What keeps the store from being used, in a sentence; None: nothing is known to."""
        try:
            self.check()
        except AppError as exc:
            return exc.message
        return None


def _problem_of(store: BlobStore) -> AppError | None:
    try:
        store.check()
    except AppError as exc:
        return exc
    return None
