"""What was asked and answered lately, for all workers together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from api.records import failures, predictions
from api.records.failures import FailureRecord
from api.records.tables import now

BUCKETS = 30
ERRORS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Bucket:
    """Answers of one class in one slice of time."""

    start: datetime
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds a prediction took in the server."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Activity:
    """The window's predictions in slices, their latency, and the newest errors."""

    window_minutes: int
    bucket_seconds: int
    predictions: list[Bucket]
    by_label: dict[str, int]
    latency: Latency | None
    errors: list[FailureRecord]


def activity(database: Engine, *, window_minutes: int) -> Activity:
    """The last `window_minutes`, cut into 30 slices."""
    since = now() - timedelta(minutes=window_minutes)
    seconds = max(1, window_minutes * 60 // BUCKETS)
    rows = predictions.since(database, since)
    return Activity(
        window_minutes=window_minutes,
        bucket_seconds=seconds,
        predictions=buckets([(moment, label) for moment, label, _ in rows], seconds=seconds),
        by_label=dict(Counter(label for _, label, _ in rows)),
        latency=latency([total_ms for _, _, total_ms in rows]),
        errors=failures.since(database, since, limit=ERRORS_SHOWN),
    )


def buckets(rows: Sequence[tuple[datetime, str]], *, seconds: int) -> list[Bucket]:
    """Count (when, label) pairs in slices of `seconds`; empty slices are left out."""
    counted = Counter((int(moment.timestamp()) // seconds, label) for moment, label in rows)
    return [
        Bucket(datetime.fromtimestamp(slot * seconds, UTC), label, count)
        for (slot, label), count in sorted(counted.items())
    ]


def latency(durations_ms: Sequence[float]) -> Latency | None:
    """Percentiles of durations in milliseconds; None where there are none."""
    if not durations_ms:
        return None
    p50, p95, p99 = np.percentile(durations_ms, [50, 95, 99]).round(2).tolist()
    return Latency(p50, p95, p99)
