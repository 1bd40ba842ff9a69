"""Whether the records take what this worker writes."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from api.errors import AppError, StoreBusy

# The heart-beat writes one row every two seconds: one that takes longer than this finds records
# that hang, and another node may reach them.
SILENT_S = 3.0


@dataclass(slots=True)
class WriteHealth:
    """What the last write of each writer came to.

    The heart-beat writes every two seconds, but into a table of its own: that it succeeds does not
    say that answers can be kept.
    """

    heartbeat: AppError | None = None
    predictions: AppError | None = None
    clock: Callable[[], float] = time.monotonic
    _beating_since: float | None = field(default=None, init=False)

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """Around each write of the heart-beat: what it raises is what it came to."""
        self._beating_since = self.clock()
        try:
            yield
        except AppError as exc:
            self.heartbeat = exc
            raise
        finally:
            self._beating_since = None
        self.heartbeat = None

    @property
    def problem(self) -> AppError | None:
        """What keeps answers from being stored; None: nothing is known to."""
        since = self._beating_since
        if since is not None and self.clock() - since > SILENT_S:
            return StoreBusy(
                "The database does not answer; look at it, and at the network between. Try again "
                "in a moment."
            )
        return self.predictions or self.heartbeat

    def check(self) -> None:
        """Returns at once. Raises: AppError, `problem`."""
        if problem := self.problem:
            raise problem
