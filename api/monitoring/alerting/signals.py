"""How each signal of `signal_names` is read."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from api.errors import AppError
from api.files import free_bytes
from api.records.alerting import signal_values
from api.records.watching import drift_looks
from api.tasks.decisions import Decided

logger = logging.getLogger(__name__)

MINUTES_10 = timedelta(minutes=10)
MINUTES_15 = timedelta(minutes=15)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MIN_ERRORS = 5
MIN_LATENCIES = 20
NEWEST_DECISIONS, MIN_DECISIONS = 200, 50
MIN_RECENT, MIN_BEFORE = 100, 200


@dataclass(slots=True)
class CrashWindow:
    """Failures of decoders in the last quarter of an hour, from the workers' totals.

    What was before the first look is not known, and counts nothing.
    """

    _seen: deque[tuple[datetime, int]] = field(default_factory=deque)
    # Also of workers that were not heard of lately: they may come back.
    _totals: dict[str, int] | None = None

    def count(self, totals: Mapping[str, int], moment: datetime) -> int:
        """How many there were, after the workers' totals were these at this moment."""
        former = self._totals
        if former is not None:
            # A worker that is new began at none.
            new = sum(max(0, total - former.get(who, 0)) for who, total in totals.items())
            self._seen.append((moment, new))
        self._totals = (former or {}) | dict(totals)
        while self._seen and self._seen[0][0] <= moment - MINUTES_15:
            self._seen.popleft()
        return sum(number for _, number in self._seen)


@dataclass(frozen=True, slots=True)
class Observed:
    """What signals are read from.

    Attributes:
        folders: those whose disks must not get full; what is missing is made below one that is not.
        write_problem: why the records cannot be written; None: they can.
        accuracy_of: the estimated accuracy of a task's newest decisions; None: there is none.
    """

    database: Engine
    folders: Sequence[Path]
    write_problem: Callable[[], AppError | None]
    accuracy_of: Callable[[str], float | None] = lambda _: None
    crashes: CrashWindow = field(default_factory=CrashWindow)


@dataclass(frozen=True, slots=True)
class SignalQuery:
    """What is asked of a signal: its value at a moment, for a task (empty: for the server)."""

    observed: Observed
    moment: datetime
    task: str

    @property
    def database(self) -> Engine:
        return self.observed.database


Signal = Callable[[SignalQuery], float | None]


def read(observed: Observed, signal: str, moment: datetime, *, task: str) -> float | None:
    """The value of a signal now; None where there is nothing to say, or nothing can be read.

    Args:
        task: empty for a signal of the server.
    """
    try:
        return SIGNALS[signal](SignalQuery(observed, moment, task))
    except (AppError, OSError) as exc:
        logger.warning("signal not read signal=%s task=%s reason=%r", signal, task, str(exc))
        return None


def _error_rate(asked: SignalQuery) -> float | None:
    since = asked.moment - MINUTES_10
    errors = signal_values.server_errors(asked.database, since)
    answers = signal_values.answers(asked.database, since, until=asked.moment)
    if errors + answers == 0:
        return None
    return errors / (errors + answers) if errors >= MIN_ERRORS else 0.0


def _p99_seconds(asked: SignalQuery) -> float | None:
    p99_ms = signal_values.p99_ms(
        asked.database, asked.moment - MINUTES_10, until=asked.moment, fewest=MIN_LATENCIES
    )
    return None if p99_ms is None else p99_ms / 1e3


def _referral_rate(asked: SignalQuery) -> float | None:
    decisions = signal_values.newest_decisions(
        asked.database, asked.moment - DAY, task=asked.task, limit=NEWEST_DECISIONS
    )
    number = decisions.total()
    return decisions[Decided.REFER] / number if number >= MIN_DECISIONS else None


def _class_mix(asked: SignalQuery) -> float | None:
    day_ago = asked.moment - DAY
    recent = signal_values.answers_by_label(
        asked.database, day_ago, until=asked.moment, task=asked.task
    )
    before = signal_values.answers_by_label(
        asked.database, day_ago - WEEK, until=day_ago, task=asked.task
    )
    if recent.total() < MIN_RECENT or before.total() < MIN_BEFORE:
        return None
    labels = recent.keys() | before.keys()
    gaps = (recent[each] / recent.total() - before[each] / before.total() for each in labels)
    return sum(map(abs, gaps)) / 2


def _shifted_sources(asked: SignalQuery) -> float | None:
    return signal_values.shifted_sources(asked.database, task=asked.task)


def _drifted_statistics(asked: SignalQuery) -> float | None:
    return drift_looks.drifted_statistics(asked.database, task=asked.task)


def _estimated_accuracy(asked: SignalQuery) -> float | None:
    return asked.observed.accuracy_of(asked.task)


def _failed_retrainings(asked: SignalQuery) -> float | None:
    return signal_values.failed_in_a_row(asked.database, asked.moment - WEEK, task=asked.task)


def _disk_free_bytes(asked: SignalQuery) -> float | None:
    existing = [
        next(path for path in (folder, *folder.absolute().parents) if path.exists())
        for folder in asked.observed.folders
    ]
    return min(map(free_bytes, existing), default=None)


def _seconds_since_prediction(asked: SignalQuery) -> float | None:
    newest = signal_values.newest_prediction_at(asked.database, task=asked.task)
    return None if newest is None else max(0.0, (asked.moment - newest).total_seconds())


def _compute_crashes(asked: SignalQuery) -> float | None:
    totals = signal_values.decoder_failures(asked.database, asked.moment - MINUTES_15)
    return asked.observed.crashes.count(totals, asked.moment)


def _worker_heartbeat_age_seconds(asked: SignalQuery) -> float | None:
    if asked.observed.write_problem() is not None:
        # Nobody can write a heart-beat; that has an alert of its own.
        return None
    oldest = signal_values.oldest_heartbeat(asked.database, asked.moment - MINUTES_15)
    return 0.0 if oldest is None else max(0.0, (asked.moment - oldest).total_seconds())


def _database_unwritable(asked: SignalQuery) -> float | None:
    return 0.0 if asked.observed.write_problem() is None else 1.0


SIGNALS: Mapping[str, Signal] = {
    "error_rate": _error_rate,
    "p99_seconds": _p99_seconds,
    "referral_rate": _referral_rate,
    "class_mix": _class_mix,
    "shifted_sources": _shifted_sources,
    "drifted_figures": _drifted_statistics,
    "estimated_accuracy": _estimated_accuracy,
    "failed_retrainings": _failed_retrainings,
    "disk_free_bytes": _disk_free_bytes,
    "seconds_since_prediction": _seconds_since_prediction,
    "compute_crashes": _compute_crashes,
    "worker_heartbeat_age_seconds": _worker_heartbeat_age_seconds,
    "database_unwritable": _database_unwritable,
}
