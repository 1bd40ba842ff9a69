"""Writes where a retraining stands into its row: often to watch, seldom enough to be cheap."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from api.errors import StorageFailed, StoreBusy
from api.model_card.card import Epoch
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobPhase
from api.training.fitting.progress import Progress
from api.training.fitting.throttle import CHECK_EVERY_S, TrainingThrottle

logger = logging.getLogger(__name__)

WRITE_EVERY_S = 0.5
HEARTBEAT_S = 1.0
# Shares of a job's time, roughly, by phase; they only steer the bar and the ETA.
PHASES = {
    JobPhase.READING: 0.05,
    JobPhase.FEATURES: 0.10,
    JobPhase.HEAD: 0.10,
    JobPhase.TAIL: 0.60,
    JobPhase.EVALUATING: 0.05,
    JobPhase.COMPILING: 0.10,
}


class JobEnded(Exception):
    """The job was cancelled or ended from outside; whatever is left to do is not wanted."""


@dataclass(slots=True)
class ProgressReporter:
    """Reports one job; a context manager that keeps the heart-beat going."""

    database: Engine
    job_id: str
    throttle: TrainingThrottle
    task: str
    sleep: Callable[[float], None] = time.sleep
    history: list[Epoch] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _written: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "ProgressReporter":
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def phase(self, name: JobPhase, **values: Any) -> None:
        """A new phase begins, once the server is not too busy. Raises: Ended."""
        self._write(Progress(name, 0, 0, 0, 1), values)
        self._pause_while_busy()

    def step(self, step: Progress) -> None:
        """A batch is done; the next one begins once the server is not too busy. Raises: Ended."""
        if time.monotonic() - self._written >= WRITE_EVERY_S:
            self._write(step, {})
        self._pause_while_busy()

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is done. Raises: Ended."""
        self.history.append(epoch)
        values = {"history": [entry.model_dump(mode="json") for entry in self.history]}
        self._write_row(values)

    def _write(self, step: Progress, values: dict[str, Any]) -> None:
        self._written = time.monotonic()
        done = _share(step)
        elapsed = self._written - self._started - self.throttle.paused_s
        values = values | {
            "phase": step.phase,
            "epoch": step.epoch,
            "epochs": step.epochs,
            "progress": round(done, 4),
            "eta_seconds": round(elapsed / done * (1 - done), 1) if done > 0.05 else None,
            "paused": None,
        }
        self._write_row(values)

    def _pause_while_busy(self) -> None:
        reason = self.throttle.reason()
        if reason is None:
            return
        logger.info("paused job=%s reason=%r", self.job_id, reason)
        while reason is not None:
            self._write_row({"paused": reason, "paused_seconds": round(self.throttle.paused_s, 1)})
            self.sleep(CHECK_EVERY_S)
            reason = self.throttle.reason()
        paused_s = round(self.throttle.paused_s, 1)
        self._write_row({"paused": None, "paused_seconds": paused_s})
        logger.info("goes on job=%s paused_s=%.1f in all", self.job_id, paused_s)

    def _write_row(self, values: dict[str, Any]) -> None:
        """Raises: Ended. Records that cannot be written just now cost nobody a training."""
        try:
            if not jobs.progress(self.database, self.job_id, task=self.task, **values):
                raise JobEnded
        except (StoreBusy, StorageFailed) as exc:
            logger.warning("progress not told reason=%r", exc.message)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_S):
            try:
                jobs.progress(self.database, self.job_id, task=self.task)
            except (StoreBusy, StorageFailed):
                continue


def _share(step: Progress) -> float:
    before = 0.0
    for name, share in PHASES.items():
        if name == step.phase:
            epochs_done = max(step.epoch - 1, 0) + step.done / max(step.total, 1)
            return before + share * epochs_done / max(step.epochs, 1)
        before += share
    return before
