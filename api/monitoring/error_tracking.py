"""Unexpected errors of this process, on their way into the records.

Whatever is logged with its exception as an error is one: each place that catches what nobody
foresaw logs it. They are grouped here first, so that a thousand at once cost one row.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Engine

from api.errors import AppError
from api.logs import request_id, request_route
from api.monitoring import sentry
from api.records.servers import unexpected_errors
from api.records.servers.unexpected_errors import ANONYMOUS, MAX_STORED, UnexpectedError

logger = logging.getLogger(__name__)

ROOT_LOGGER = "api"
REQUEST, BACKGROUND = "request", "background"


class ErrorTracker(logging.Handler):
    """Listens to the log from `start` to `close`.

    Args:
        count: told of each error whether it is of a `request` or of the `background`.
    """

    def __init__(self, database: Engine, count: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._database, self._count = database, count
        self._guard = threading.Lock()
        self._waiting: dict[str, UnexpectedError] = {}

    def start(self) -> None:
        """Listen from now on."""
        logging.getLogger(ROOT_LOGGER).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Note the error of a line of the log; the records are written later."""
        exc = record.exc_info[1] if record.exc_info else None
        if exc is None or isinstance(exc, AppError):
            return
        try:
            self._count(REQUEST if request_id.get() != ANONYMOUS else BACKGROUND)
            error = unexpected_errors.met_now(
                exc, place=_place(record), request_id=request_id.get()
            )
            with self._guard:
                self._add(error)
        except Exception:  # noqa: BLE001 (as of every handler: the log must go on)
            self.handleError(record)

    def write(self) -> None:
        """Store what was met since. Raises: StoreBusy, StorageFailed; it is stored later then."""
        with self._guard:
            found, self._waiting = list(self._waiting.values()), {}
        try:
            unexpected_errors.add(self._database, found)
        except AppError:
            with self._guard:
                for each in found:
                    self._add(each)
            raise
        for each in found:
            sentry.report(each)

    def close(self) -> None:
        """Listen no longer, and store the rest."""
        logging.getLogger(ROOT_LOGGER).removeHandler(self)
        try:
            self.write()
        except AppError as exc:
            logger.warning("unexpected errors not stored reason=%r", exc.message)
        super().close()

    def _add(self, error: UnexpectedError) -> None:
        known = self._waiting.get(error.fingerprint)
        if known is not None:
            first, last = sorted([known, error], key=lambda each: each.last_at)
            error = replace(
                last,
                count=first.count + last.count,
                first_at=min(first.first_at, last.first_at),
            )
        elif len(self._waiting) >= MAX_STORED:
            return
        self._waiting[error.fingerprint] = error


def _place(record: logging.LogRecord) -> str:
    """The route of the request that it happened in, or the thread."""
    route = request_route.get()
    return route() if route else f"background: {record.threadName}"
