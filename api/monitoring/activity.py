"""What was asked and answered lately, for all workers together."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from api.clock import now
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.statistics import windows
from api.records.statistics.latency_histogram import percentile
from api.records.statistics.windows import Window, finest_of

BUCKETS = 30
PERCENTS = (50, 95, 99)
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
    errors: list[RequestErrorRecord]


def activity(database: Engine, *, task: str, window_minutes: int) -> Activity:
    """The last `window_minutes`, cut into at most 31 slices.

    A slice is a multiple of what is counted: 10 s, minutes, quarters of an hour or hours, and the
    window begins with a full one. Percentiles are exact up to a thousand answers; beyond, they are
    at most 2 % away from a duration of that rank (see `records.latency_histogram`). What it costs
    depends on the window, not on how much was ever answered.
    """
    since = now() - timedelta(minutes=window_minutes)
    slice_s = slice_seconds(window_minutes)
    window = windows.read(database, since, slice_s=slice_s, task=task)
    by_label: Counter[str] = Counter()
    for (_, label), count in window.slices.items():
        by_label[label] += count
    return Activity(
        window_minutes=window_minutes,
        bucket_seconds=slice_s,
        predictions=[
            Bucket(datetime.fromtimestamp(start, UTC), label, count)
            for (start, label), count in sorted(window.slices.items())
        ],
        by_label=dict(by_label),
        latency=latency(window),
        errors=request_errors.since(database, since, limit=ERRORS_SHOWN, task=task),
    )


def slice_seconds(window_minutes: int) -> int:
    """A thirtieth of the window, rounded up to a multiple of what is counted."""
    unit = finest_of(window_minutes * 60 // BUCKETS)
    return math.ceil(window_minutes * 60 / BUCKETS / unit) * unit


def latency(window: Window) -> Latency | None:
    """Percentiles of a window's durations in milliseconds; None where there are none."""
    if window.durations_ms:
        return Latency(*np.percentile(window.durations_ms, PERCENTS).round(2).tolist())
    if not window.bins:
        return None
    return Latency(*(round(percentile(window.bins, percent), 2) for percent in PERCENTS))
