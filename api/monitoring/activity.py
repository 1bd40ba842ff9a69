"""What was asked and answered lately, for all workers together."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from api.clock import now
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.statistics import referral_samples, windows
from api.records.statistics.latency_histogram import percentile
from api.records.statistics.referral_samples import ReferralSample
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
class Slice:
    """What happened in one slice of time.

    `referred` of the `looked_at` newest answers were left to a person. Requests were `refused` with
    a status from 400 on, or `failed` with one from 500 on. `p95_ms`: milliseconds; None without
    answers.
    """

    start: datetime
    answers: int = 0
    looked_at: int = 0
    referred: int = 0
    refused: int = 0
    failed: int = 0
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """The window's predictions in slices, their latency, and the newest errors."""

    window_minutes: int
    bucket_seconds: int
    predictions: list[Bucket]
    over_time: list[Slice]
    by_label: dict[str, int]
    latency: Latency | None
    errors: list[RequestErrorRecord]


def activity(database: Engine, *, task: str, window_minutes: int) -> Activity:
    """The last `window_minutes`, cut into at most 31 slices.

    A slice is a multiple of what is counted: 10 s, minutes, quarters of an hour or hours, and the
    window begins with a full one. Percentiles are exact up to a thousand answers; beyond, they are
    at most 2 % away from a duration of that rank (see `records.statistics.latency_histogram`). What
    it costs depends on the window, not on how much was ever answered.
    """
    since = now() - timedelta(minutes=window_minutes)
    slice_s = slice_seconds(window_minutes)
    window = windows.read(database, since, slice_s=slice_s, task=task)
    by_label: Counter[str] = Counter()
    for (_, label), count in window.slices.items():
        by_label[label] += count
    statuses = request_errors.statuses(database, since, task=task)
    referrals = referral_samples.of_slices(
        database, sorted({start for start, _ in window.slices}), slice_s=slice_s, task=task
    )
    return Activity(
        window_minutes=window_minutes,
        bucket_seconds=slice_s,
        predictions=[
            Bucket(datetime.fromtimestamp(start, UTC), label, count)
            for (start, label), count in sorted(window.slices.items())
        ],
        over_time=over_time(window, referrals, statuses, slice_s=slice_s),
        by_label=dict(by_label),
        latency=latency(window),
        errors=request_errors.since(database, since, limit=ERRORS_SHOWN, task=task),
    )


def over_time(
    window: Window,
    referrals: Mapping[int, ReferralSample],
    statuses: Iterable[tuple[datetime, int]],
    *,
    slice_s: int,
) -> list[Slice]:
    """The slices in which anything happened, the oldest first.

    Args:
        referrals: by the start of a slice, seconds since 1970.
        statuses: of requests that were refused or failed, with when.
        slice_s: how long a slice is, seconds.
    """
    answers: Counter[int] = Counter()
    for (start, _), count in window.slices.items():
        answers[start] += count
    bins: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for (start, number), count in window.slice_bins.items():
        bins[start][number] += count
    refused: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    for at, status in statuses:
        start = int(at.timestamp()) // slice_s * slice_s
        (failed if status >= 500 else refused)[start] += 1
    nothing = ReferralSample(0, 0)
    return [
        Slice(
            datetime.fromtimestamp(start, UTC),
            answers[start],
            (sample := referrals.get(start, nothing)).looked_at,
            sample.referred,
            refused[start],
            failed[start],
            round(percentile(bins[start], 95), 2) if start in bins else None,
        )
        for start in sorted({*answers, *refused, *failed})
    ]


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
