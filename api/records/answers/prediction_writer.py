"""Answers on their way into the records: those that come together are committed together."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Engine

from api.arrays import Float32Array
from api.errors import AppError, StorageFailed
from api.records.answers import predictions
from api.records.answers.predictions import PredictionRecord
from api.records.servers.write_health import WriteHealth

logger = logging.getLogger(__name__)

# How long a commit waits for answers that are being computed, as PostgreSQL's `commit_delay` does.
BATCH_WINDOW_S = 0.005
MAX_BATCH = 500


@dataclass(frozen=True, slots=True)
class PendingPrediction:
    """An answer that waits for its commit."""

    task: str
    record: PredictionRecord
    activation: Float32Array | None
    stored: Future[None] = field(default_factory=Future)


class Observer(Protocol):
    """Whoever is told what commits came to; on the writer's thread."""

    def committed(self, task: str, records: Sequence[PredictionRecord], *, seconds: float) -> None:
        """These answers are stored; it took so long."""

    def failed(self) -> None:
        """A group of answers is not."""


class PredictionWriter:
    """One thread that writes (group commit, DeWitt et al. 1984): a commit costs much the same for
    one answer and for twenty.

    Args:
        write_health: told what each commit came to.
        is_busy: whether more answers are on their way, so that waiting for them costs nobody.
        observer: counts commits.
    """

    def __init__(
        self,
        database: Engine,
        write_health: WriteHealth,
        *,
        is_busy: Callable[[], bool] = lambda: False,
        observer: Observer | None = None,
    ) -> None:
        self._database, self._write_health, self._is_busy = database, write_health, is_busy
        self._observer = observer
        self._waiting: queue.SimpleQueue[PendingPrediction | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._write, name="prediction-writer", daemon=True)
        self._thread.start()

    def add(
        self, record: PredictionRecord, *, task: str, activation: Float32Array | None = None
    ) -> Future[None]:
        """Keep an answer; the future is done when it is committed.

        It fails with StoreBusy or StorageFailed, and then nothing of the answer was kept.
        """
        entry = PendingPrediction(task, record, activation)
        # What is on its way can no longer be called back.
        entry.stored.set_running_or_notify_cancel()
        with self._lock:
            if self._closed:
                raise StorageFailed("The server is being stopped; send the film again.")
            self._waiting.put(entry)
        return entry.stored

    def close(self) -> None:
        """Commit what waits, and end."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        while group := self._group():
            for task in dict.fromkeys(entry.task for entry in group):
                self._commit(task, [entry for entry in group if entry.task == task])

    def _group(self) -> list[PendingPrediction]:
        """The next answers to commit; none at the end."""
        group = [self._waiting.get()]
        if group[0] is not None and self._is_busy():
            time.sleep(BATCH_WINDOW_S)
        while group[-1] is not None and len(group) < MAX_BATCH:
            try:
                group.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        if group[-1] is None and len(group) > 1:
            # The end comes once more, after these.
            self._waiting.put(None)
        return [entry for entry in group if entry is not None]

    def _commit(self, task: str, group: list[PendingPrediction]) -> None:
        answers = [(entry.record, entry.activation) for entry in group]
        started = time.perf_counter()
        try:
            predictions.add_all(self._database, answers, task=task)
        except AppError as exc:
            self._write_health.predictions = exc
            if self._observer:
                self._observer.failed()
            for entry in group:
                entry.stored.set_exception(exc)
        except Exception as exc:
            if len(group) == 1:
                logger.error("answer not kept id=%s", group[0].record.id, exc_info=exc)
                group[0].stored.set_exception(exc)
                return
            for entry in group:
                self._commit(task, [entry])
        else:
            self._write_health.predictions = None
            if self._observer:
                records = [entry.record for entry in group]
                self._observer.committed(task, records, seconds=time.perf_counter() - started)
            for entry in group:
                entry.stored.set_result(None)
